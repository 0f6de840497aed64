package io.callweave.rocketmq;

import java.util.Collection;
import java.util.UUID;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * A client that is told which queue to read from where, and takes part in no rebalance.
 *
 * <p>The newer {@code DefaultLitePullConsumer} goes on in silence where an offset is no more; this
 * one says so.
 */
@SuppressWarnings("deprecation")
final class QueueClient implements AutoCloseable {
  private static final int TIMEOUT_MS = 5_000;
  private static final int BATCH = 256;

  /** What the client answers if the broker has no offset of the group. */
  private static final long NO_OFFSET = -1;

  private final TopicSettings settings;
  private final org.apache.rocketmq.client.consumer.DefaultMQPullConsumer consumer;

  /**
   * Opens a client.
   *
   * @param role what it does, for its name
   */
  QueueClient(TopicSettings settings, String role) throws MQClientException {
    this.settings = settings;
    consumer = new org.apache.rocketmq.client.consumer.DefaultMQPullConsumer(settings.group);
    consumer.setNamesrvAddr(settings.nameServers);
    // Clients of one name in a process would be one.
    consumer.setInstanceName(settings.group + "-" + role + "-" + UUID.randomUUID());
    consumer.setConsumerPullTimeoutMillis(TIMEOUT_MS);
    consumer.setMqClientApiTimeout(TIMEOUT_MS);
    consumer.setVipChannelEnabled(false);
    consumer.start();
  }

  /** The queues that the name servers know of now. */
  Collection<MessageQueue> queues() throws MQClientException {
    return consumer.fetchSubscribeMessageQueues(settings.topic);
  }

  /** Messages from an offset on; waits for none. */
  PullResult pull(MessageQueue queue, long offset)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    return consumer.pull(queue, "*", offset, BATCH);
  }

  /** The offset of the first message that is still there. */
  long least(MessageQueue queue) throws MQClientException {
    return consumer.minOffset(queue);
  }

  /** The offset behind the last message. */
  long end(MessageQueue queue) throws MQClientException {
    return consumer.maxOffset(queue);
  }

  /**
   * Where the group begins: at its offset, else at one of the ends.
   *
   * @param atEnd whether that is the end where the group has no offset. A broker gives a group
   *     without an offset the 0 if the queue still has its first message.
   */
  long start(MessageQueue queue, boolean atEnd) throws MQClientException {
    long committed = consumer.fetchConsumeOffset(queue, true);
    if (committed < NO_OFFSET) {
      throw new MQClientException(
          String.format("%s does not say the offset of the group", Queues.name(queue)), null);
    }
    if (committed > 0) {
      return committed;
    }
    return atEnd ? end(queue) : least(queue);
  }

  /** Tells the broker how far the group has come, so that its tools show it. */
  void commit(MessageQueue queue, long offset) throws MQClientException {
    consumer.updateConsumeOffset(queue, offset);
    consumer.persist(queue);
  }

  @Override
  public void close() {
    consumer.shutdown();
  }
}
