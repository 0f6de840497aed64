package io.callweave.rocketmq;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * The numbers of queues as splits, and whose they are.
 *
 * <p>A queue is known by the name of its broker and its number there. Both are in the number of the
 * split, the name as a hash, so that the source and what asks for the backlog agree without a word,
 * and a queue keeps its number when brokers come and go.
 */
final class Queues {
  private static final int QUEUE_BITS = 12;
  private static final int MAX_QUEUES = 1 << QUEUE_BITS;
  private static final int BROKERS = 1 << (31 - QUEUE_BITS);

  private Queues() {}

  /** The number of a queue's split. */
  static int split(MessageQueue queue) {
    int broker = Math.floorMod(spread(queue.getBrokerName().hashCode()), BROKERS);
    return broker << QUEUE_BITS | queue.getQueueId();
  }

  /** Names like broker-a and broker-b have hashes that lie side by side. */
  private static int spread(int hash) {
    int mixed = hash * 0x9E3779B1;
    return mixed ^ mixed >>> 15;
  }

  /** Whose a split is: the queues of a broker go round. */
  static boolean isOwn(int split, int subtask, int subtasks) {
    long turn = (long) (split >>> QUEUE_BITS) + split % MAX_QUEUES;
    return turn % subtasks == subtask;
  }

  /** The queues by their splits, of which no two may be the same. */
  static Map<Integer, MessageQueue> bySplit(Collection<MessageQueue> queues) {
    Map<Integer, MessageQueue> bySplit = new TreeMap<>();
    for (MessageQueue queue : queues) {
      if (queue.getQueueId() >= MAX_QUEUES) {
        throw new IllegalStateException(
            String.format(
                "the topic %s has a queue %d at the broker %s; numbers up to %d can be read",
                queue.getTopic(), queue.getQueueId(), queue.getBrokerName(), MAX_QUEUES - 1));
      }
      MessageQueue other = bySplit.put(split(queue), queue);
      if (other != null) {
        throw new IllegalStateException(
            String.format(
                "the names of the brokers %s and %s have the same hash; rename one of them",
                other.getBrokerName(), queue.getBrokerName()));
      }
    }
    return bySplit;
  }

  /** How a queue is named to users. */
  static String name(MessageQueue queue) {
    return queue.getTopic() + "/" + queue.getBrokerName() + "/" + queue.getQueueId();
  }
}
