package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.route.InputRecord;
import io.callweave.route.RejectedRecord;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class RejectedRecordSchemaTest {
  private static final byte[] VALUE = {(byte) 0xff, 0, '{'};

  @Test
  void theValueIsThatOfTheInputByteForByte() {
    ProducerRecord<byte[], byte[]> written = write(VALUE.clone());
    assertThat(written.topic()).isEqualTo("rejects");
    assertThat(written.value()).isEqualTo(VALUE);
  }

  @Test
  void theHeadersSayWhyAndFromWhere() {
    List<String> headers =
        StreamSupport.stream(write(VALUE).headers().spliterator(), false)
            .map(header -> header.key() + "=" + new String(header.value(), UTF_8))
            .collect(toList());
    assertThat(headers)
        .containsExactly(
            "callweave.reason=malformed",
            "callweave.detail=not UTF-8 … at byte 0",
            "callweave.topic=calls",
            "callweave.partition=3",
            "callweave.offset=4000000000");
  }

  @Test
  void aRecordWithoutAValueStaysWithoutAValue() {
    assertThat(write(null).value()).isNull();
  }

  @Test
  void thereIsNoKeyAndTheTimestampIsLeftToTheTimeOfWriting() {
    assertThat(write(VALUE).key()).isNull();
    assertThat(write(VALUE).timestamp()).isNull();
  }

  private static ProducerRecord<byte[], byte[]> write(byte[] value) {
    InputRecord record = new InputRecord(3, 4_000_000_000L, value);
    return new RejectedRecordSchema("calls", "rejects")
        .serialize(new RejectedRecord(record, "malformed", "not UTF-8 … at byte 0"), 1_000L);
  }
}
