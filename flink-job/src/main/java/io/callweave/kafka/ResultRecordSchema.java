package io.callweave.kafka;

import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes linked calls to the result topic. The record's timestamp is left to the producer, which
 * takes the time of writing: Kafka's retention goes by it, and a replay of old calls must not be
 * deleted at once.
 */
public final class ResultRecordSchema implements KafkaSerializationSchema<ResultRecord> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  public ResultRecordSchema(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(ResultRecord call, Long timestamp) {
    return new ProducerRecord<>(topic, call.key, call.value);
  }
}
