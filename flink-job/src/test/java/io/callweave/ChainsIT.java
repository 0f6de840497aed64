package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chains from Kafka to Kafka. */
class ChainsIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static final long START_MS = System.currentTimeMillis() - 600_000;

  /** Behind the end of all chains, by the allowed disorder and more. */
  private static final long END_MS = START_MS + 300_000;

  private static final Pattern CALLS = Pattern.compile("\"calls\":(\\d+)");

  private static int calls(List<String> chains) {
    int calls = 0;
    for (String chain : chains) {
      Matcher found = CALLS.matcher(chain);
      assertThat(found.find()).isTrue();
      calls += Integer.parseInt(found.group(1));
    }
    return calls;
  }

  @Test
  void aRescaleInTheMiddleChangesNothingInTheChainsNorInTheirSpans() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(61, 6_000, 25, 12));
    JobTopics calm = new JobTopics(PARTS.topics(), "chains-calm", 3);
    calm.write(calls);
    calm.goOnTo(END_MS);
    JobID undisturbed =
        PARTS.submit(
            PARTS.options(
                "chains-calm", "--outputs=chains,spans", ZIPKIN, NO_FLUSH, "--parallelism=2"),
            null);
    Eventually.holds("all calls are in chains", () -> calls(calm.chains()) >= calls.size());
    Eventually.holds("all chains are in spans", () -> calm.spans().size() >= calm.chains().size());
    PARTS.cancel(undisturbed);

    JobTopics topics = new JobTopics(PARTS.topics(), "chains", 3);
    topics.write(calls.subList(0, 3_000));
    JobID two =
        PARTS.submit(PARTS.options("chains", ALL, ZIPKIN, NO_FLUSH, "--parallelism=2"), null);
    topics.awaitLinked(200);
    String savepoint = PARTS.stop(two);
    topics.write(calls.subList(3_000, calls.size()));
    topics.goOnTo(END_MS);
    JobID three =
        PARTS.submit(PARTS.options("chains", ALL, ZIPKIN, NO_FLUSH, "--parallelism=3"), savepoint);
    Eventually.holds("all calls are in chains", () -> calls(topics.chains()) >= calls.size());
    topics.awaitLinked(calls.size());
    Eventually.holds(
        "all chains are in spans", () -> topics.spans().size() >= topics.chains().size());
    PARTS.cancel(three);
    assertThat(topics.spans()).isEqualTo(calm.spans()).hasSameSizeAs(topics.chains());
    int spans = String.join("", topics.spans()).split("\"traceId\":", -1).length - 1;
    assertThat(spans).isEqualTo(calls.size());
    assertThat(topics.chains()).isEqualTo(calm.chains());
    assertThat(calls(topics.chains())).isEqualTo(calls.size());
  }

  private static final String ALL = "--outputs=links,chains,spans";
  private static final String ZIPKIN = "--spans-format=zipkin";

  /** What is to come would be late. */
  private static final String NO_FLUSH = "--idle-flush-ms=86400000";
}
