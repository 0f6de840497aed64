package io.callweave.rocketmq;

import io.callweave.time.Backlog;
import io.callweave.time.Ticker;
import io.callweave.time.Ticks;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Asks about once a second which queues there are and where they end. Offsets of a queue have no
 * gaps: the end lies behind the last message.
 *
 * <p>A broker that is away leaves the list of queues, and what it has is unread all the same: where
 * one of the known queues gives no answer there is none at all.
 */
final class RocketBacklog implements Backlog {
  private static final long PERIOD_MS = 1_000;

  private final TopicSettings settings;
  private final int subtask;
  private final int subtasks;
  private final Map<Integer, Long> reached = new ConcurrentHashMap<>();
  private final Map<Integer, MessageQueue> known = new TreeMap<>();
  private final Map<Integer, Long> starts = new HashMap<>();
  private final Ticker ticker;
  private QueueClient client;
  private volatile Answer answer;

  RocketBacklog(TopicSettings settings, int subtask, int subtasks, AsyncExceptionHandler task) {
    this.settings = settings;
    this.subtask = subtask;
    this.subtasks = subtasks;
    ticker = new Ticker("ask RocketMQ what is unread", PERIOD_MS, this::ask, task).start();
  }

  @Override
  public boolean isOwn(int split) {
    return Queues.isOwn(split, subtask, subtasks);
  }

  @Override
  public void reached(int split, long offset) {
    reached.put(split, offset);
  }

  @Override
  public Answer latest() {
    return answer;
  }

  private void ask() {
    try {
      if (client == null) {
        client = new QueueClient(settings, "backlog-" + subtask);
      }
      long askedAtMs = Ticks.SYSTEM.nowMs();
      Queues.bySplit(client.queues())
          .forEach(
              (split, queue) -> {
                if (isOwn(split)) {
                  known.put(split, queue);
                }
              });
      Map<Integer, Long> ends = new HashMap<>();
      // Of an earlier run, at a broker that has not been seen in this one.
      reached.keySet().forEach(split -> ends.put(split, Answer.OUT_OF_REACH));
      for (Map.Entry<Integer, MessageQueue> queue : known.entrySet()) {
        ends.put(queue.getKey(), end(queue.getKey(), queue.getValue()));
      }
      answer = new Answer(askedAtMs, ends);
    } catch (MQClientException e) {
      throw new IllegalStateException(
          String.format("RocketMQ does not say what is unread of %s", settings.topic), e);
    }
  }

  private long end(int split, MessageQueue queue) throws MQClientException {
    long end = client.end(queue);
    Long at = reached.get(split);
    if (at == null) {
      return start(split, queue) >= end ? FROM_START : end;
    }
    // Beyond the end, the source begins anew: the topic was deleted and made again.
    return at > end ? Answer.OUT_OF_REACH : end;
  }

  /** Where the source begins with a queue that has brought nothing. */
  private long start(int split, MessageQueue queue) throws MQClientException {
    Long start = starts.get(split);
    if (start == null) {
      boolean isNew = answer != null || !reached.isEmpty();
      start = client.start(queue, settings.startsAtLatest && !isNew);
      starts.put(split, start);
    }
    return start;
  }

  @Override
  public void close() {
    ticker.close();
    if (client != null) {
      client.close();
    }
  }
}
