package io.callweave.sink;

import io.callweave.assemble.LinkedCall;
import io.callweave.options.JobOptions;
import io.callweave.route.RejectedRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer.Semantic;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;

/** The two sinks, in Kafka transactions that end with Flink's checkpoints. */
public final class KafkaSinks {
  private final JobOptions options;

  public KafkaSinks(JobOptions options) {
    this.options = options;
  }

  /** Writes to the result topic. */
  public SinkFunction<LinkedCall> results() {
    return sink(options.outputTopic(), new LinkedCallSchema(options.outputTopic()));
  }

  /** Writes to the rejects topic. */
  public SinkFunction<RejectedRecord> rejects() {
    return sink(
        options.rejectsTopic(),
        new RejectedRecordSchema(options.inputTopic(), options.rejectsTopic()));
  }

  private <T> SinkFunction<T> sink(String topic, KafkaSerializationSchema<T> schema) {
    Semantic semantic = options.exactlyOnce() ? Semantic.EXACTLY_ONCE : Semantic.AT_LEAST_ONCE;
    return new TransactionalSink<>(topic, schema, options.producerProperties(), semantic);
  }
}
