package io.callweave.rocketmq;

import io.callweave.time.Ticks;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * A queue that a subtask reads: how far it has come, and when it is asked again after a failure.
 */
final class OwnQueue {
  /** The start is not known yet. */
  static final long UNKNOWN = -1;

  final MessageQueue queue;
  final int split;
  final String name;

  /** Whether it was there when the job began without a state. */
  final boolean isFirst;

  long nextOffset;
  private final Backoff backoff = new Backoff();
  private long askAtMs = Long.MIN_VALUE;

  OwnQueue(MessageQueue queue, long nextOffset, boolean isFirst) {
    this.queue = queue;
    this.nextOffset = nextOffset;
    this.isFirst = isFirst;
    split = Queues.split(queue);
    name = Queues.name(queue);
  }

  boolean isDue() {
    return Ticks.SYSTEM.nowMs() >= askAtMs;
  }

  /** The broker has answered. */
  void answered() {
    backoff.reset();
  }

  /** It has not; how long to wait now, ms. */
  long failed() {
    long waitMs = backoff.failed();
    askAtMs = Ticks.SYSTEM.nowMs() + waitMs;
    return waitMs;
  }

  QueueState state() {
    return new QueueState(queue.getTopic(), queue.getBrokerName(), queue.getQueueId(), nextOffset);
  }
}
