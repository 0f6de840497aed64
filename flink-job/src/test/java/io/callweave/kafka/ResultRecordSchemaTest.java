package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.stage.ResultRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class ResultRecordSchemaTest {
  private final ProducerRecord<byte[], byte[]> written =
      new ResultRecordSchema("linked")
          .serialize(new ResultRecord("id1".getBytes(UTF_8), "{}".getBytes(UTF_8)), 1_000L);

  @Test
  void theKeyIsTheIdAndTheValueTheJsonOfTheCall() {
    assertThat(written.topic()).isEqualTo("linked");
    assertThat(written.key()).isEqualTo("id1".getBytes(UTF_8));
    assertThat(written.value()).isEqualTo("{}".getBytes(UTF_8));
    assertThat(written.headers()).isEmpty();
  }

  @Test
  void theTimestampIsLeftToTheTimeOfWriting() {
    assertThat(written.timestamp()).isNull();
  }

  @Test
  void thePartitionFollowsFromTheKey() {
    assertThat(written.partition()).isNull();
  }
}
