package io.callweave.rocketmq;

import io.callweave.sink.RefusedRecordException;
import java.util.Comparator;
import java.util.List;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/** Why a broker has not taken messages, and what is to be done. */
final class SendFailure {
  private static final int NO_CODE = -1;

  private final SendStatus status;
  private final Exception cause;

  /** The broker has taken them, but not as safely as it was told to. */
  SendFailure(SendStatus status) {
    this.status = status;
    this.cause = null;
  }

  SendFailure(Exception cause) {
    this.status = null;
    this.cause = cause;
  }

  /** For the log; null where there was an answer. */
  Exception cause() {
    return cause;
  }

  /**
   * Returns if it helps to send again.
   *
   * @throws RefusedRecordException if the broker never takes such a message
   */
  void endIfFinal(ProducerClient client, MessageLimit limit, List<Message> messages)
      throws InterruptedException {
    if (code() != ResponseCode.MESSAGE_ILLEGAL) {
      return;
    }
    Message largest =
        messages.stream()
            .max(Comparator.comparingInt(message -> message.getBody().length))
            .orElseThrow(IllegalStateException::new);
    try {
      MessageLimit now = limit.askAnew(client);
      if (now.bodyBytes() < limit.bodyBytes()) {
        throw new IllegalStateException(
            String.format(
                "the topic takes messages of %d bytes only, no longer of %d: the job restarts with"
                    + " that",
                now.bodyBytes(), limit.bodyBytes()));
      }
    } catch (MQClientException | RemotingException | MQBrokerException e) {
      return;
    }
    throw new RefusedRecordException(limit.refusal(largest) + " (" + words() + ")");
  }

  private int code() {
    if (cause instanceof MQBrokerException) {
      return ((MQBrokerException) cause).getResponseCode();
    }
    return cause instanceof MQClientException
        ? ((MQClientException) cause).getResponseCode()
        : NO_CODE;
  }

  /** In one line, for the end of a task. */
  String sentence(TopicSettings settings, MessageQueue queue, long limitMs) {
    return String.format(
        "%s of RocketMQ at %s has not taken messages for %d s (%s); %s. The job starts again from"
            + " the last checkpoint",
        Queues.name(queue), settings.nameServers, limitMs / 1_000, words(), cure(settings));
  }

  private String words() {
    return status == null ? Failures.words(cause) : status.toString();
  }

  private String cure(TopicSettings settings) {
    if (status == SendStatus.FLUSH_DISK_TIMEOUT) {
      return "its broker's disk is too slow for flushDiskType=SYNC_FLUSH";
    }
    if (status != null) {
      return "its broker wants a replica that has them, too: start the replica, or set brokerRole"
          + " to ASYNC_MASTER";
    }
    switch (code()) {
      case ResponseCode.NO_PERMISSION:
        return String.format(
            "let it be written: mqadmin updateTopicPerm -n %s -b BROKER -t %s -p 6",
            settings.quotedServers(), settings.topic);
      case ResponseCode.TOPIC_NOT_EXIST:
        return String.format(
            "create it: mqadmin updateTopic -n %s -c CLUSTER -t %s",
            settings.quotedServers(), settings.topic);
      default:
        return "start its broker, or see in the broker's log why it does not";
    }
  }
}
