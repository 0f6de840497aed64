package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.route.RejectedRecord;
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
    header(record, "callweave.reason", rejected.reason);
    header(record, "callweave.detail", rejected.detail);
    String source = rejected.record.source;
    header(record, "callweave.topic", source == null ? inputTopic : source);
    header(record, "callweave.partition", Integer.toString(rejected.record.split));
    header(record, "callweave.offset", Long.toString(rejected.record.position));
    return record;
  }

  private static void header(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(UTF_8));
  }
}
