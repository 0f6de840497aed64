package io.callweave.rocketmq;

import io.callweave.connector.Connector;
import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;
import io.callweave.sink.TopicSinks;

/** Reads calls from RocketMQ, and writes outputs to it. */
public final class RocketConnector implements Connector {
  @Override
  public String name() {
    return "rocketmq";
  }

  @Override
  public CallInput input(JobOptions options) {
    return new RocketInput(options);
  }

  @Override
  public TopicSinks sinks(JobOptions options) {
    return new RocketSinks(options);
  }
}
