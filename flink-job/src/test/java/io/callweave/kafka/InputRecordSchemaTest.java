package io.callweave.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.route.InputRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class InputRecordSchemaTest {
  private final InputRecordSchema schema = new InputRecordSchema();

  @Test
  void aRecordCarriesItsPartitionItsOffsetAndItsValueByteForByte() throws Exception {
    byte[] value = {(byte) 0xff, 0, 1};
    InputRecord record = read(value);
    assertThat(record.split).isEqualTo(3);
    assertThat(record.position).isEqualTo(4_000_000_000L);
    assertThat(record.value).isEqualTo(new byte[] {(byte) 0xff, 0, 1});
  }

  @Test
  void aRecordWithoutAValueIsReadAndNoRecordEndsTheInput() throws Exception {
    InputRecord record = read(null);
    assertThat(record.value).isNull();
    assertThat(schema.isEndOfStream(record)).isFalse();
    assertThat(schema.isEndOfStream(null)).isFalse();
  }

  private InputRecord read(byte[] value) throws Exception {
    byte[] key = {9};
    return schema.deserialize(new ConsumerRecord<>("calls", 3, 4_000_000_000L, key, value));
  }
}
