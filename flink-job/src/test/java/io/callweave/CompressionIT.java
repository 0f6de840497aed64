package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.Topics;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kafka's ways to compress, each with a library that travels in the jar. */
class CompressionIT {
  private static final int MAX_LINKS = 1000;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
  void callsAreReadAndWrittenCompressed(String type) throws Exception {
    String name = "compressed-" + type;
    try (Topics client = new Topics(PARTS.broker().bootstrap(), type)) {
      JobTopics topics = new JobTopics(client, name, 2);
      topics.write(Calls.BRANCH);
      PARTS.submit(
          PARTS.options(
              name,
              "--kafka.compression.type=" + type,
              "--delivery=at-least-once",
              "--idle-flush-ms=2000",
              "--partition-idle-ms=1000",
              "--parallelism=1"),
          null);
      topics.awaitLinked(Calls.BRANCH.size());
      assertThat(topics.linked()).isEqualTo(NaiveLinks.of(Calls.BRANCH, MAX_LINKS));
    }
  }
}
