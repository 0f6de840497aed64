package io.callweave.rocketmq;

import io.callweave.route.InputRecord;
import io.callweave.time.Gate;
import io.callweave.time.Ticks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the queues of a topic, each by one subtask, from the offsets in Flink's checkpoints.
 *
 * <p>The offsets of completed checkpoints go to the broker, too: for its tools, and for a start
 * without a state. Like the source of Kafka it emits no watermark and never becomes idle.
 */
final class RocketSource extends RichParallelSourceFunction<InputRecord>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(RocketSource.class);
  private static final long LOOK_EVERY_MS = 10_000;
  private static final long PAUSE_MS = 50;

  private final TopicSettings settings;

  private transient ListState<QueueState> stored;
  private transient Map<Integer, OwnQueue> own;
  private transient TreeMap<Long, List<QueueState>> ofCheckpoints;
  private transient AtomicReference<List<QueueState>> toCommit;
  private transient boolean restored;
  private transient boolean looked;
  private transient Counter deleted;
  private transient QueueClient client;
  private transient volatile boolean running;

  RocketSource(TopicSettings settings) {
    this.settings = settings;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    stored =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("queues", Types.POJO(QueueState.class)));
    own = new TreeMap<>();
    ofCheckpoints = new TreeMap<>();
    toCommit = new AtomicReference<>();
    restored = context.isRestored();
    for (QueueState state : stored.get()) {
      if (state.topic.equals(settings.topic)) {
        add(new MessageQueue(state.topic, state.broker, state.queue), state.nextOffset);
      } else {
        LOG.warn("The state has offsets of {}, which is not read any more", state.topic);
      }
    }
    deleted = getRuntimeContext().getMetricGroup().addGroup("callweave").counter("deletedUnread");
    running = true;
  }

  private void add(MessageQueue queue, long nextOffset) {
    OwnQueue added = new OwnQueue(queue, nextOffset, !restored && !looked);
    int subtasks = getRuntimeContext().getNumberOfParallelSubtasks();
    if (Queues.isOwn(added.split, getRuntimeContext().getIndexOfThisSubtask(), subtasks)) {
      own.putIfAbsent(added.split, added);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    List<QueueState> states = new ArrayList<>();
    for (OwnQueue queue : own.values()) {
      if (queue.nextOffset != OwnQueue.UNKNOWN) {
        states.add(queue.state());
      }
    }
    stored.update(states);
    ofCheckpoints.put(context.getCheckpointId(), states);
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    // By the thread that reads: a broker that is away must not keep the task from its work.
    toCommit.set(ofCheckpoints.get(checkpointId));
    ofCheckpoints.headMap(checkpointId, true).clear();
  }

  @Override
  public void run(SourceContext<InputRecord> context) throws Exception {
    client = new QueueClient(settings, "source-" + getRuntimeContext().getIndexOfThisSubtask());
    try {
      long lookAtMs = Long.MIN_VALUE;
      while (running) {
        if (Ticks.SYSTEM.nowMs() >= lookAtMs) {
          look(context);
          lookAtMs = Ticks.SYSTEM.nowMs() + (looked ? LOOK_EVERY_MS : PAUSE_MS);
        }
        commit();
        if (!readAll(context)) {
          Thread.sleep(PAUSE_MS);
        }
      }
    } catch (InterruptedException e) {
      if (running) {
        throw e;
      }
    } finally {
      client.close();
    }
  }

  /** Looks for new queues. */
  private void look(SourceContext<InputRecord> context) {
    try {
      Map<Integer, MessageQueue> found = Queues.bySplit(client.queues());
      synchronized (context.getCheckpointLock()) {
        found.values().forEach(queue -> add(queue, OwnQueue.UNKNOWN));
        looked = true;
      }
    } catch (MQClientException e) {
      LOG.warn(
          "The name servers {} do not say the queues of {}",
          settings.nameServers,
          settings.topic,
          e);
    }
  }

  /** Reads a little of each queue; whether there was anything. */
  private boolean readAll(SourceContext<InputRecord> context) throws InterruptedException {
    boolean any = false;
    for (OwnQueue queue : own.values()) {
      if (!running || !queue.isDue()) {
        continue;
      }
      Gate.pass();
      try {
        any |= read(context, queue);
        queue.answered();
      } catch (MQClientException | RemotingException | MQBrokerException e) {
        LOG.warn("{} cannot be read; asked again in {} ms", queue.name, queue.failed(), e);
      }
    }
    return any;
  }

  private boolean read(SourceContext<InputRecord> context, OwnQueue queue)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    if (queue.nextOffset == OwnQueue.UNKNOWN) {
      long start = client.start(queue.queue, settings.startsAtLatest && queue.isFirst);
      synchronized (context.getCheckpointLock()) {
        queue.nextOffset = start;
      }
    }
    PullResult result = client.pull(queue.queue, queue.nextOffset);
    switch (result.getPullStatus()) {
      case FOUND:
        emit(context, queue, result);
        return true;
      case OFFSET_ILLEGAL:
        beginAnew(context, queue);
        return false;
      default:
        return false;
    }
  }

  private static void emit(SourceContext<InputRecord> context, OwnQueue queue, PullResult result) {
    synchronized (context.getCheckpointLock()) {
      for (MessageExt message : result.getMsgFoundList()) {
        context.collect(
            InputRecord.from(queue.name, queue.split, message.getQueueOffset(), message.getBody()));
        queue.nextOffset = message.getQueueOffset() + 1;
      }
    }
  }

  /** The broker has no message at the offset: it was deleted, or the topic was made anew. */
  private void beginAnew(SourceContext<InputRecord> context, OwnQueue queue)
      throws MQClientException {
    long least = client.least(queue.queue);
    long end = client.end(queue.queue);
    if (queue.nextOffset >= least && queue.nextOffset <= end) {
      return;
    }
    LOG.warn(
        "{} has messages from {} to {}, and {} was to be read: reading goes on at the first of them",
        queue.name,
        least,
        end,
        queue.nextOffset);
    if (queue.nextOffset < least) {
      deleted.inc(least - queue.nextOffset);
    }
    synchronized (context.getCheckpointLock()) {
      queue.nextOffset = least;
    }
  }

  /** Tells the brokers how far the last checkpoint has come. */
  private void commit() {
    List<QueueState> offsets = toCommit.getAndSet(null);
    if (offsets == null) {
      return;
    }
    for (QueueState offset : offsets) {
      MessageQueue queue = new MessageQueue(offset.topic, offset.broker, offset.queue);
      try {
        client.commit(queue, offset.nextOffset);
      } catch (MQClientException e) {
        LOG.warn("The offset {} of {} is not committed", offset.nextOffset, Queues.name(queue), e);
      }
    }
  }

  @Override
  public void cancel() {
    running = false;
  }
}
