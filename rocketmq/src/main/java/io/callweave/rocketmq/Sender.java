package io.callweave.rocketmq;

import io.callweave.time.Ticks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages in batches, each queue's in their order and one batch at a time, until the broker
 * says that it has them. Messages of a key go to one queue as long as the queues stay the same.
 */
final class Sender {
  private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
  static final long BATCH_BYTES = 128 << 10;
  private static final long LOOK_EVERY_MS = 30_000;

  /** How long a batch is sent again and again before the task gives up, and the job restarts. */
  static final long LIMIT_MS = 60_000;

  private final ProducerClient client;
  private final TopicSettings settings;
  private final MessageLimit limit;
  private final Counter resends;
  private final Map<MessageQueue, Batch> batches = new LinkedHashMap<>();
  private List<MessageQueue> queues;
  private long lookAtMs;

  /** Asks for the queues. */
  Sender(ProducerClient client, TopicSettings settings, MessageLimit limit, Counter resends)
      throws MQClientException {
    this.client = client;
    this.settings = settings;
    this.limit = limit;
    this.resends = resends;
    look();
  }

  private void look() throws MQClientException {
    queues = client.queues();
    lookAtMs = Ticks.SYSTEM.nowMs() + LOOK_EVERY_MS;
  }

  /**
   * Takes a message; sends the batch that is full by it.
   *
   * @param turn messages of one turn go to one queue
   */
  void add(Message message, int turn) throws InterruptedException {
    MessageQueue queue = queue(turn);
    long most = Math.min(BATCH_BYTES, limit.bodyBytes());
    Batch batch = batches.computeIfAbsent(queue, any -> new Batch(most));
    int bytes = Batch.bytes(message);
    if (!batch.takes(bytes)) {
      send(batch, queue);
    }
    batch.add(message, bytes);
  }

  private MessageQueue queue(int turn) {
    return queues.get(Math.floorMod(turn, queues.size()));
  }

  /** Whether every message was sent. */
  boolean isEmpty() {
    return batches.values().stream().allMatch(batch -> batch.messages().isEmpty());
  }

  /** Sends all; what it returns from is at the brokers. */
  void sendAll() throws InterruptedException {
    for (Map.Entry<MessageQueue, Batch> batch : batches.entrySet()) {
      send(batch.getValue(), batch.getKey());
    }
    if (Ticks.SYSTEM.nowMs() >= lookAtMs) {
      lookAgain();
    }
  }

  /** Only while nothing waits: the batches are by queue. */
  private void lookAgain() {
    try {
      look();
      batches.keySet().retainAll(queues);
    } catch (MQClientException e) {
      LOG.warn(
          "The name servers {} do not say the queues of {}",
          settings.nameServers,
          settings.topic,
          e);
    }
  }

  private void send(Batch batch, MessageQueue first) throws InterruptedException {
    if (batch.messages().isEmpty()) {
      return;
    }
    long giveUpAtMs = Ticks.SYSTEM.nowMs() + LIMIT_MS;
    Backoff backoff = new Backoff();
    MessageQueue queue = first;
    for (SendFailure failure = sendOnce(batch, queue); failure != null; ) {
      failure.endIfFinal(client, limit, batch.messages());
      long waitMs = backoff.failed();
      if (Ticks.SYSTEM.nowMs() + waitMs > giveUpAtMs) {
        throw new IllegalStateException(failure.sentence(settings, queue, LIMIT_MS));
      }
      LOG.warn(
          "{} does not take messages; sent again in {} ms",
          Queues.name(queue),
          waitMs,
          failure.cause());
      Thread.sleep(waitMs);
      queue = stillThere(queue);
      resends.inc(batch.messages().size());
      failure = sendOnce(batch, queue);
    }
    batch.clear();
  }

  /** The queue, or one in its place if its broker is gone from the name servers. */
  private MessageQueue stillThere(MessageQueue queue) {
    try {
      List<MessageQueue> now = client.queues();
      if (now.contains(queue)) {
        return queue;
      }
      lookAtMs = Ticks.SYSTEM.nowMs();
      return now.get(Math.floorMod(queue.hashCode(), now.size()));
    } catch (MQClientException e) {
      LOG.debug("The name servers do not say the queues of {}", settings.topic, e);
      return queue;
    }
  }

  /** What went wrong; null if nothing. */
  private SendFailure sendOnce(Batch batch, MessageQueue queue) throws InterruptedException {
    try {
      SendStatus status = client.send(batch.messages(), queue);
      return status == SendStatus.SEND_OK ? null : new SendFailure(status);
    } catch (MQClientException | RemotingException | MQBrokerException e) {
      return new SendFailure(e);
    }
  }
}
