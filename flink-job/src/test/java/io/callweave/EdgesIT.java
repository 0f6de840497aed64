package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Windows of edges, and alerts over them, from Kafka to Kafka. */
class EdgesIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** So that few windows of random calls have alerts of many series. */
  private static final String RULES =
      "history: 5\nlearning: 3\n"
          + "latency-rose: {mads: 0, share: 0, step: 0, min-calls: 1, windows: 1, end-windows: 1}\n";

  @TempDir static Path folder;

  private static final long START_MS = System.currentTimeMillis() - 600_000;

  /** Behind all windows, by the allowed disorder and more. */
  private static final long END_MS = START_MS + 160_000;

  private static final Pattern COUNT = Pattern.compile("\"count\":(\\d+)");

  @Test
  void aRescaleInTheMiddleChangesNoByteOfAnyWindowOfEdges() throws Exception {
    compare("links,edges", "edge");
  }

  @Test
  void aRescaleInTheMiddleChangesNoByteOfAnyWindowOfChainsAndOfNoAlert() throws Exception {
    compare("links,chains,edges,alerts", "edge", "service");
  }

  /**
   * The job in one piece and with a rescale. In both each call counts once in each of the kinds.
   */
  private static void compare(String outputs, String... kinds) throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(81, 6_000, 8, 12));
    String name = outputs.replace(',', '-');
    JobTopics calm = new JobTopics(PARTS.topics(), name + "-calm", 3);
    calm.write(calls);
    calm.goOnTo(END_MS);
    JobID undisturbed = PARTS.submit(options(name + "-calm", outputs, 2), null);
    awaitWindows(calm, calls.size(), kinds);
    PARTS.cancel(undisturbed);

    JobTopics topics = new JobTopics(PARTS.topics(), name, 3);
    topics.write(calls.subList(0, 3_000));
    JobID two = PARTS.submit(options(name, outputs, 2), null);
    topics.awaitLinked(200);
    String savepoint = PARTS.stop(two);
    topics.write(calls.subList(3_000, calls.size()));
    topics.goOnTo(END_MS);
    JobID three = PARTS.submit(options(name, outputs, 3), savepoint);
    awaitWindows(topics, calls.size(), kinds);
    topics.awaitLinked(calls.size());
    PARTS.cancel(three);
    assertThat(topics.edges()).isEqualTo(calm.edges());
    if (outputs.contains("alerts")) {
      Eventually.holds("all alerts came", () -> topics.alerts().size() >= calm.alerts().size());
      assertThat(topics.alerts()).isEqualTo(calm.alerts());
      for (String of : Arrays.asList("edge", "entry")) {
        assertThat(calm.alerts()).anyMatch(alert -> alert.contains("\"of\":\"" + of + "\""));
      }
    }
    for (String kind : kinds) {
      assertThat(count(topics.edges(), kind)).as(kind).isEqualTo(calls.size());
    }
  }

  private static void awaitWindows(JobTopics topics, int calls, String... kinds) throws Exception {
    for (String kind : kinds) {
      Eventually.holds(
          "all calls are in windows of each " + kind, () -> count(topics.edges(), kind) >= calls);
    }
  }

  private static JobOptions options(String name, String outputs, int parallelism) throws Exception {
    Path rules = Files.write(folder.resolve("rules.yaml"), Collections.singletonList(RULES), UTF_8);
    return PARTS.options(
        name,
        "--outputs=" + outputs,
        "--window-ms=10000",
        "--alerts=" + rules,
        // What is to come would be late.
        "--idle-flush-ms=86400000",
        "--parallelism=" + parallelism);
  }

  /** The calls that the windows of a kind have together. */
  private static int count(List<String> windows, String kind) {
    int calls = 0;
    for (String window : windows) {
      if (window.startsWith("{\"kind\":\"" + kind + "\"")) {
        Matcher found = COUNT.matcher(window);
        assertThat(found.find()).isTrue();
        calls += Integer.parseInt(found.group(1));
      }
    }
    return calls;
  }
}
