package io.callweave.rocketmq;

import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;

/** What the client's exceptions say, without the pages of help that it adds. */
final class Failures {
  private Failures() {}

  /** In one line. */
  static String words(Throwable failure) {
    String message = failure.getMessage();
    if (failure instanceof MQClientException) {
      message = ((MQClientException) failure).getErrorMessage();
    } else if (failure instanceof MQBrokerException) {
      message = ((MQBrokerException) failure).getErrorMessage();
    }
    String line = message == null ? "" : ": " + message.trim().split("\\R", 2)[0];
    return failure.getClass().getSimpleName() + line;
  }
}
