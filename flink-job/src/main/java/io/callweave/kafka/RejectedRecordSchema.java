package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.route.RejectedRecord;
import io.callweave.sink.Rejects;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes rejected records to the rejects topic: the value as it was read, the reason as headers.
 */
public final class RejectedRecordSchema implements KafkaSerializationSchema<RejectedRecord> {
  private static final long serialVersionUID = 1L;

  private final String inputTopic;
  private final String topic;

  public RejectedRecordSchema(String inputTopic, String topic) {
    this.inputTopic = inputTopic;
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(RejectedRecord rejected, Long timestamp) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, null, rejected.record.value);
    Rejects.headers(rejected, inputTopic)
        .forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
    return record;
  }
}
