package io.callweave.kafka;

import io.callweave.assemble.LinkedCall;
import io.callweave.options.JobOptions;
import io.callweave.route.RejectedRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer.Semantic;

/** The two sinks, in Kafka transactions that end with Flink's checkpoints. */
public final class KafkaSinks {
  private final JobOptions options;

  public KafkaSinks(JobOptions options) {
    this.options = options;
  }

  /** Writes to the result topic. One that it does not take ends the job. */
  public SinkFunction<LinkedCall> results() {
    RecordLimit limit = limit(options.outputTopic());
    return sink(
        options.outputTopic(),
        LimitedSchema.refusing(new LinkedCallSchema(options.outputTopic()), limit),
        limit);
  }

  /** Writes to the rejects topic. What it does not take is cut. */
  public SinkFunction<RejectedRecord> rejects() {
    RecordLimit limit = limit(options.rejectsTopic());
    RejectedRecordSchema schema =
        new RejectedRecordSchema(options.inputTopic(), options.rejectsTopic());
    return sink(options.rejectsTopic(), LimitedSchema.cutting(schema, limit), limit);
  }

  private RecordLimit limit(String topic) {
    return new RecordLimit(topic, options.adminProperties(), options.producerProperties());
  }

  private <T> SinkFunction<T> sink(String topic, LimitedSchema<T> schema, RecordLimit limit) {
    Semantic semantic = options.exactlyOnce() ? Semantic.EXACTLY_ONCE : Semantic.AT_LEAST_ONCE;
    return new TransactionalSink<>(topic, schema, options.producerProperties(), semantic, limit);
  }
}
