package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.sink.RefusedRecordException;
import io.callweave.sink.Rejects;
import java.util.Arrays;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Lets no record through that its topic would refuse as too large, once the limit was asked for.
 *
 * @param <T> what is written
 */
final class LimitedSchema<T> implements KafkaSerializationSchema<T> {
  private static final long serialVersionUID = 1L;

  private final KafkaSerializationSchema<T> schema;
  private final RecordLimit limit;
  private final boolean cuts;

  private LimitedSchema(KafkaSerializationSchema<T> schema, RecordLimit limit, boolean cuts) {
    this.schema = schema;
    this.limit = limit;
    this.cuts = cuts;
  }

  /** Ends the job at a record that does not fit. */
  static <T> LimitedSchema<T> refusing(KafkaSerializationSchema<T> schema, RecordLimit limit) {
    return new LimitedSchema<>(schema, limit, false);
  }

  /** Cuts the value of a record that does not fit, and says so in a header. */
  static <T> LimitedSchema<T> cutting(KafkaSerializationSchema<T> schema, RecordLimit limit) {
    return new LimitedSchema<>(schema, limit, true);
  }

  @Override
  public void open(SerializationSchema.InitializationContext context) throws Exception {
    schema.open(context);
  }

  /**
   * Serializes.
   *
   * @throws RefusedRecordException if the record does not fit, or not even without its value
   */
  @Override
  public ProducerRecord<byte[], byte[]> serialize(T element, Long timestamp) {
    ProducerRecord<byte[], byte[]> record = schema.serialize(element, timestamp);
    if (limit.fits(record)) {
      return record;
    }
    if (!cuts || record.value() == null) {
      throw new RefusedRecordException(limit.refusal(RecordLimit.bytes(record)));
    }
    return cut(record);
  }

  private ProducerRecord<byte[], byte[]> cut(ProducerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    record.headers().add(Rejects.TRUNCATED, Integer.toString(value.length).getBytes(UTF_8));
    long rest = RecordLimit.bytes(record) - value.length;
    long length = Math.max(0, Math.min(value.length, limit.bytes() - rest));
    ProducerRecord<byte[], byte[]> shorter = shorten(record, length);
    // A value that cannot be compressed grows by it.
    while (length > 0 && !limit.fits(shorter)) {
      length -= Math.max(1, length / 64);
      shorter = shorten(record, length);
    }
    if (!limit.fits(shorter)) {
      throw new RefusedRecordException(limit.refusal(RecordLimit.bytes(shorter)));
    }
    return shorter;
  }

  private static ProducerRecord<byte[], byte[]> shorten(
      ProducerRecord<byte[], byte[]> record, long length) {
    return new ProducerRecord<>(
        record.topic(),
        record.partition(),
        record.timestamp(),
        record.key(),
        Arrays.copyOf(record.value(), (int) length),
        record.headers());
  }
}
