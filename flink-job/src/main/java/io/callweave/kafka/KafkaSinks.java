package io.callweave.kafka;

import io.callweave.options.JobOptions;
import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer.Semantic;

/** The sinks, in Kafka transactions that end with Flink's checkpoints. */
public final class KafkaSinks {
  private final JobOptions options;

  public KafkaSinks(JobOptions options) {
    this.options = options;
  }

  /** Writes calls with their parents and children. */
  public SinkFunction<ResultRecord> links() {
    return results(options.outputTopic());
  }

  /** Writes chains. */
  public SinkFunction<ResultRecord> chains() {
    return results(options.chainsTopic());
  }

  /** Writes windows of edges. */
  public SinkFunction<ResultRecord> edges() {
    return results(options.edgesTopic());
  }

  /** Writes alerts. */
  public SinkFunction<ResultRecord> alerts() {
    return results(options.alertsTopic());
  }

  /** Writes chains as spans. */
  public SinkFunction<ResultRecord> spans() {
    return results(options.spansTopic());
  }

  /** Writes to a result topic. A record that it does not take ends the job. */
  private SinkFunction<ResultRecord> results(String topic) {
    RecordLimit limit = limit(topic);
    return sink(topic, LimitedSchema.refusing(new ResultRecordSchema(topic), limit), limit);
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
