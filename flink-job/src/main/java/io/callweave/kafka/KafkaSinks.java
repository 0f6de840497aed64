package io.callweave.kafka;

import static io.callweave.options.JobOptionTable.REJECTS;

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

  /**
   * Writes the results of an output to its topic: links, chains, edges, alerts or spans. A record
   * that the topic does not take ends the job.
   */
  public SinkFunction<ResultRecord> results(String output) {
    String topic = options.outputs().topic(output);
    RecordLimit limit = limit(topic);
    return sink(topic, LimitedSchema.refusing(new ResultRecordSchema(topic), limit), limit);
  }

  /** Writes to the rejects topic. What it does not take is cut. */
  public SinkFunction<RejectedRecord> rejects() {
    String topic = options.outputs().topic(REJECTS);
    RecordLimit limit = limit(topic);
    RejectedRecordSchema schema = new RejectedRecordSchema(options.inputTopic(), topic);
    return sink(topic, LimitedSchema.cutting(schema, limit), limit);
  }

  private RecordLimit limit(String topic) {
    return new RecordLimit(topic, options.adminProperties(), options.producerProperties());
  }

  private <T> SinkFunction<T> sink(String topic, LimitedSchema<T> schema, RecordLimit limit) {
    Semantic semantic = options.exactlyOnce() ? Semantic.EXACTLY_ONCE : Semantic.AT_LEAST_ONCE;
    return new TransactionalSink<>(topic, schema, options.producerProperties(), semantic, limit);
  }
}
