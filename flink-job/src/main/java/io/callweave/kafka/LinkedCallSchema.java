package io.callweave.kafka;

import io.callweave.assemble.LinkedCall;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes linked calls to the result topic. The record's timestamp is left to the producer, which
 * takes the time of writing: Kafka's retention goes by it, and a replay of old calls must not be
 * deleted at once.
 */
public final class LinkedCallSchema implements KafkaSerializationSchema<LinkedCall> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  public LinkedCallSchema(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(LinkedCall call, Long timestamp) {
    return new ProducerRecord<>(topic, call.key, call.value);
  }
}
