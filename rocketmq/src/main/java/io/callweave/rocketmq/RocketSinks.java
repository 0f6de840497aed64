package io.callweave.rocketmq;

import io.callweave.options.JobOptionTable;
import io.callweave.options.JobOptions;
import io.callweave.options.SinkKind;
import io.callweave.route.RejectedRecord;
import io.callweave.sink.SinkTopic;
import io.callweave.sink.TopicSinks;
import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** The sinks, one for each output. */
final class RocketSinks implements TopicSinks {
  private final JobOptions options;

  RocketSinks(JobOptions options) {
    this.options = options;
  }

  @Override
  public void check() throws InterruptedException {
    for (SinkTopic topic : SinkTopic.of(options, SinkKind.ROCKETMQ)) {
      TopicCheck.sink(new TopicSettings(options, topic.name), topic);
    }
  }

  @Override
  public SinkFunction<ResultRecord> results(String output) {
    TopicSettings settings = settings(output);
    String topic = settings.topic;
    return new RocketSink<>(settings, (record, limit) -> Messages.result(topic, record, limit));
  }

  @Override
  public SinkFunction<RejectedRecord> rejects() {
    TopicSettings settings = settings(JobOptionTable.REJECTS);
    String topic = settings.topic;
    String inputTopic = options.inputTopic();
    return new RocketSink<>(
        settings, (rejected, limit) -> Messages.reject(topic, inputTopic, rejected, limit));
  }

  private TopicSettings settings(String output) {
    return new TopicSettings(options, options.outputs().topic(output));
  }
}
