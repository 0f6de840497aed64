package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import io.callweave.testing.Calls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** To RocketMQ. */
class RocketSinkIT {
  private static final long START_MS = 1_700_000_000_000L;
  private static final List<String> OUTPUTS =
      Arrays.asList("linked", "chains", "edges", "alerts", "spans");

  /** So that few windows of random calls have alerts of many series. */
  private static final String RULES =
      "history: 5\nlearning: 3\n"
          + "latency-rose: {mads: 0, share: 0, step: 0, min-calls: 1, windows: 1, end-windows: 1}\n";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @TempDir static Path folder;

  @RegisterExtension static final RocketParts ROCKET = new RocketParts();

  private static JobOptions options(String name, String sink, Path input) throws Exception {
    Path rules = Files.write(folder.resolve("rules.yaml"), Collections.singletonList(RULES), UTF_8);
    List<String> all =
        new ArrayList<>(
            Arrays.asList(
                "--outputs=links,chains,edges,alerts,spans",
                "--max-chain-calls=300",
                "--window-ms=10000",
                "--alerts=" + rules,
                "--sink=" + sink,
                "--source=files",
                "--input=" + input,
                "--parallelism=2"));
    if (sink.equals("rocketmq")) {
      all.add("--rocketmq-namesrv=" + ROCKET.server().nameServers());
    }
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private static List<String> inKafka(String topic) {
    return PARTS.topics().readCommitted(topic).stream()
        .map(record -> text(record.key()) + " " + text(record.value()))
        .sorted()
        .collect(Collectors.toList());
  }

  private static List<String> inRocketmq(String topic) throws Exception {
    return ROCKET.server().messages(topic).stream()
        .map(message -> message.getKeys() + " " + text(message.getBody()))
        .sorted()
        .collect(Collectors.toList());
  }

  /** Spans are no text. */
  private static String text(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  @Test
  void everyOutputHasTheMessagesThatItsTopicInKafkaHasAsRecords() throws Exception {
    Path input = folder.resolve("calls.jsonl");
    List<String> lines =
        Calls.from(START_MS, Calls.random(81, 3_000, 8, 25)).stream()
            .map(call -> new String(call.json(), UTF_8))
            .collect(Collectors.toList());
    lines.add(1_000, "no call");
    Files.write(input, lines, UTF_8);
    for (String output : OUTPUTS) {
      ROCKET.server().makeTopic("rocketmq-out-" + output, 4);
    }
    ROCKET.server().makeTopic("rocketmq-out-rejected", 2);
    for (String sink : Arrays.asList("kafka", "rocketmq")) {
      JobID job = PARTS.submit(options(sink + "-out", sink, input), null);
      Eventually.holds("all is read and written", () -> PARTS.status(job) == JobStatus.FINISHED);
    }
    for (String output : OUTPUTS) {
      assertThat(inRocketmq("rocketmq-out-" + output))
          .as(output)
          .isNotEmpty()
          .isEqualTo(inKafka("kafka-out-" + output));
    }
  }
}
