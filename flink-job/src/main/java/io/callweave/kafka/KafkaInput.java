package io.callweave.kafka;

import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.time.BacklogFactory;
import java.util.Properties;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/** The input topic. */
public final class KafkaInput implements CallInput {
  private final String topic;
  private final Properties consumer;

  /** The topic that these options name. */
  public KafkaInput(JobOptions options) {
    topic = options.inputTopic();
    consumer = options.consumerProperties();
  }

  /** Nothing: {@code preflight} looks at the topics of source and sinks at once. */
  @Override
  public void check() {}

  @Override
  public SourceFunction<InputRecord> source() {
    return new CallSource(topic, consumer);
  }

  @Override
  public BacklogFactory backlog() {
    return KafkaBacklog.of(topic, consumer);
  }
}
