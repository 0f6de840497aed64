package io.callweave.bench;

import static io.callweave.options.JobOptionTable.LINKS;

import io.callweave.JobEnvironment;
import io.callweave.kafka.preflight.Topics;
import io.callweave.options.JobOptions;
import java.util.Collections;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaConsumer;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Writes what it reads with Flink's own connectors, a record an element: what a user would write.
 * It takes the job's options and has the properties of its clients and its checkpoints.
 */
public final class StockPassThroughJob {
  private StockPassThroughJob() {}

  public static void main(String[] args) throws Exception {
    JobOptions options = JobOptions.parse(args, Collections.emptyMap());
    new Topics(options).prepare();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    FlinkKafkaConsumer<byte[]> source =
        new FlinkKafkaConsumer<>(
            options.inputTopic(), new WholeValue(), options.consumerProperties());
    FlinkKafkaProducer<byte[]> sink =
        new FlinkKafkaProducer<>(
            options.outputs().topic(LINKS),
            new ValueAlone(options.outputs().topic(LINKS)),
            options.producerProperties(),
            FlinkKafkaProducer.Semantic.EXACTLY_ONCE);
    env.addSource(source, "Calls")
        .uid("source")
        .addSink(sink)
        .uid("results")
        // The ids of its transactions begin with this name.
        .name("Stock copies to " + options.outputs().topic(LINKS));
    env.execute("stock pass-through");
  }

  /** A record as it is. */
  private static final class WholeValue extends AbstractDeserializationSchema<byte[]> {
    private static final long serialVersionUID = 1L;

    @Override
    public byte[] deserialize(byte[] value) {
      return value;
    }
  }

  /** A record without a key. */
  private static final class ValueAlone implements KafkaSerializationSchema<byte[]> {
    private static final long serialVersionUID = 1L;

    private final String topic;

    ValueAlone(String topic) {
      this.topic = topic;
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(byte[] value, Long timestamp) {
      return new ProducerRecord<>(topic, value);
    }
  }
}
