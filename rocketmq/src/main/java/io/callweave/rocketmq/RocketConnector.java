package io.callweave.rocketmq;

import io.callweave.connector.Connector;
import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;

/** Reads calls from RocketMQ. */
public final class RocketConnector implements Connector {
  @Override
  public String name() {
    return "rocketmq";
  }

  @Override
  public CallInput input(JobOptions options) {
    return new RocketInput(options);
  }
}
