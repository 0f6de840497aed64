package io.callweave;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that both of their ends have told of, from Kafka to Kafka. */
class MergeIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static final long START_MS = System.currentTimeMillis() - 600_000;
  private static final String MERGE = "--merge-reports";
  private static final String LINKS = "--outputs=links,chains";

  /** What is to come would be late. */
  private static final String NO_FLUSH = "--idle-flush-ms=86400000";

  /** Calls of which none has the id of another one. */
  private static List<Call> calls() {
    Set<String> ids = new HashSet<>();
    return Calls.from(START_MS, Calls.random(71, 3_000, 12, 40)).stream()
        .filter(call -> ids.add(call.id()))
        .collect(toList());
  }

  /** The calls, each third one told of by the called host, too, which comes first. */
  private static List<Call> toldTwice(List<Call> calls) {
    List<Call> records = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      Call call = calls.get(i);
      if (i % 3 == 0 && call.endMs() - call.startMs() > 2) {
        records.add(call.within(1, 1));
      }
      records.add(call);
    }
    return records;
  }

  @Test
  void whatBothEndsTellIsOneCallAndARescaleInTheMiddleChangesNothing() throws Exception {
    List<Call> calls = calls();
    List<Call> records = toldTwice(calls);
    assertThat(records.size()).isGreaterThan(calls.size() + 500);
    JobTopics topics = new JobTopics(PARTS.topics(), "merge", 3);
    int half = records.size() / 2;
    topics.write(records.subList(0, half));
    JobID two =
        PARTS.submit(PARTS.options("merge", MERGE, LINKS, NO_FLUSH, "--parallelism=2"), null);
    topics.awaitLinked(100);
    String savepoint = PARTS.stop(two);
    topics.write(records.subList(half, records.size()));
    topics.goOnTo(START_MS + 300_000);
    JobID three =
        PARTS.submit(PARTS.options("merge", MERGE, LINKS, NO_FLUSH, "--parallelism=3"), savepoint);
    topics.awaitLinked(calls.size());
    Eventually.holds("all calls are in chains", () -> callsIn(topics.chains()) >= calls.size());
    PARTS.cancel(three);
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(callsIn(topics.chains())).isEqualTo(calls.size());
    assertThat(topics.rejectedRecords()).isEmpty();
  }

  private static int callsIn(List<String> chains) {
    return String.join("", chains).split("\"offset_msec\":", -1).length - 1;
  }
}
