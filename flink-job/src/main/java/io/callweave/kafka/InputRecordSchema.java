package io.callweave.kafka;

import io.callweave.route.InputRecord;
import io.callweave.time.Gate;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.connectors.kafka.KafkaDeserializationSchema;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Hands every record on as it is: what is wrong with it is for Route to say, with a reason. */
final class InputRecordSchema implements KafkaDeserializationSchema<InputRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public boolean isEndOfStream(InputRecord nextElement) {
    return false;
  }

  @Override
  public InputRecord deserialize(ConsumerRecord<byte[], byte[]> record)
      throws InterruptedException {
    Gate.pass();
    return new InputRecord(record.partition(), record.offset(), record.value());
  }

  @Override
  public TypeInformation<InputRecord> getProducedType() {
    return Types.POJO(InputRecord.class);
  }
}
