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

/** Windows of edges from Kafka to Kafka. */
class EdgesIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static final long START_MS = System.currentTimeMillis() - 600_000;
  private static final Pattern COUNT = Pattern.compile("\"kind\":\"edge\".*?\"count\":(\\d+)");
  private static final String[] WINDOWS = {"--outputs=links,edges", "--window-ms=10000"};
  private static final String QUICK = "--idle-flush-ms=2000";
  private static final String NO_FLUSH = "--idle-flush-ms=86400000";

  @Test
  void aRescaleInTheMiddleChangesNoByteOfAnyWindow() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(81, 6_000, 8, 12));
    JobTopics calm = new JobTopics(PARTS.topics(), "edges-calm", 3);
    calm.write(calls);
    JobID undisturbed = PARTS.submit(PARTS.options("edges-calm", with(QUICK, 2)), null);
    Eventually.holds("all calls are in windows", () -> count(calm.edges()) >= calls.size());
    PARTS.cancel(undisturbed);

    JobTopics topics = new JobTopics(PARTS.topics(), "edges", 3);
    topics.write(calls.subList(0, 3_000));
    // No flush before the end: what is to come would be late.
    JobID two = PARTS.submit(PARTS.options("edges", with(NO_FLUSH, 2)), null);
    topics.awaitLinked(200);
    String savepoint = PARTS.stop(two);
    topics.write(calls.subList(3_000, calls.size()));
    JobID three = PARTS.submit(PARTS.options("edges", with(QUICK, 3)), savepoint);
    Eventually.holds("all calls are in windows", () -> count(topics.edges()) >= calls.size());
    topics.awaitLinked(calls.size());
    PARTS.cancel(three);
    assertThat(topics.edges()).isEqualTo(calm.edges());
    assertThat(count(topics.edges())).isEqualTo(calls.size());
  }

  private static String[] with(String flush, int parallelism) {
    return new String[] {WINDOWS[0], WINDOWS[1], flush, "--parallelism=" + parallelism};
  }

  /** The calls that the edges of these windows have together. */
  private static int count(List<String> edges) {
    int calls = 0;
    for (String edge : edges) {
      Matcher found = COUNT.matcher(edge);
      assertThat(found.find()).isTrue();
      calls += Integer.parseInt(found.group(1));
    }
    return calls;
  }
}
