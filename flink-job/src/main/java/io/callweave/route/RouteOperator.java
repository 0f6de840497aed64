package io.callweave.route;

import io.callweave.nativelib.RejectReason;
import io.callweave.nativelib.RouteKernel;
import io.callweave.nativelib.VerdictConsumer;
import io.callweave.stage.Block;
import io.callweave.time.Backlog;
import io.callweave.time.BacklogFactory;
import io.callweave.time.CatchUp;
import io.callweave.time.ClockLog;
import io.callweave.time.Gate;
import io.callweave.time.GlobalPeers;
import io.callweave.time.Peers;
import io.callweave.time.PeersFactory;
import io.callweave.time.RouteClock;
import io.callweave.time.Ticks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeCallback;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OutputTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges records, cuts the calls among them into blocks by cell, and owns event time.
 *
 * <p>Chained to the source. Records are collected and judged a batch at a time, when the batch is
 * full, at each tick, and before a barrier. Blocks stay open, to grow, until the watermark is about
 * to pass their bucket, the kernel has enough, or a barrier comes: nothing that was taken in is
 * ever missing in a checkpoint, and no watermark overtakes a call that it closes the window of.
 *
 * <p>A call is late by the watermark that this subtask has emitted, which is the same for both of
 * its legs. No cell fires beyond that of any subtask of Route.
 */
public final class RouteOperator extends AbstractStreamOperator<Block>
    implements OneInputStreamOperator<InputRecord, Block>, BoundedOneInput, ProcessingTimeCallback {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(RouteOperator.class);

  /** Where rejected records go. */
  public static final OutputTag<RejectedRecord> REJECTS =
      new OutputTag<RejectedRecord>("rejects") {
        private static final long serialVersionUID = 1L;
      };

  private static final int BATCH_RECORDS = 512;
  private static final int BATCH_BYTES = 256 * 1024;
  private static final long TICK_MS = 200;

  private final RouteSettings settings;
  private final BacklogFactory backlogFactory;
  private final PeersFactory peersFactory;
  private final Ticks ticks;

  private transient RouteKernel kernel;
  private transient RouteState state;
  private transient RouteClock clock;
  private transient ClockLog clockLog;
  private transient Backlog backlog;
  private transient Peers peers;
  private transient CatchUp catchUp;
  private transient Gate gate;
  private transient RouteMetrics routeMetrics;
  private transient ScheduledFuture<?> nextTick;
  private transient List<InputRecord> batch;
  private transient long emittedMs;
  private transient boolean ended;

  /** A Route whose subtasks meet in the JobManager. */
  public RouteOperator(RouteSettings settings, BacklogFactory backlogFactory) {
    this(settings, backlogFactory, GlobalPeers::new, Ticks.SYSTEM);
  }

  RouteOperator(
      RouteSettings settings,
      BacklogFactory backlogFactory,
      PeersFactory peersFactory,
      Ticks ticks) {
    this.settings = settings;
    this.backlogFactory = backlogFactory;
    this.peersFactory = peersFactory;
    this.ticks = ticks;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state = new RouteState(context.getOperatorStateStore());
    clock = new RouteClock(settings.clock(), state.watermarkMs());
  }

  @Override
  public void open() throws Exception {
    super.open();
    batch = new ArrayList<>(BATCH_RECORDS);
    emittedMs = RouteClock.BEFORE_ALL_MS;
    kernel = settings.openKernel();
    routeMetrics = new RouteMetrics(getMetricGroup(), kernel);
    StreamingRuntimeContext context = getRuntimeContext();
    AsyncExceptionHandler task = getContainingTask();
    backlog =
        backlogFactory.open(
            context.getIndexOfThisSubtask(), context.getNumberOfParallelSubtasks(), task);
    peers = peersFactory.open(context, task);
    clockLog = new ClockLog();
    catchUp = new CatchUp();
    gate = new Gate();
    restorePartitions();
    nextTick = getProcessingTimeService().registerTimer(now() + TICK_MS, this);
  }

  /** Each partition goes on in the subtask that reads it now. */
  private void restorePartitions() throws Exception {
    for (long[] partition : state.partitions()) {
      int number = (int) partition[0];
      if (backlog.isOwn(number)) {
        clock.restore(number, partition[1], partition[2]);
        backlog.reached(number, partition[1]);
      }
    }
  }

  private long now() {
    return getProcessingTimeService().getCurrentProcessingTime();
  }

  @Override
  public void processElement(StreamRecord<InputRecord> element) throws Exception {
    InputRecord record = element.getValue();
    if (record.mark != InputRecord.RECORD) {
      processMark(record);
      return;
    }
    batch.add(record);
    kernel.add(record.split, record.value);
    if (batch.size() >= BATCH_RECORDS || kernel.batchBytes() >= BATCH_BYTES) {
      gate.belongToReader();
      judgeBatch();
      advance(now());
    }
  }

  /** What the input says of a split holds for what comes behind it. */
  private void processMark(InputRecord mark) throws Exception {
    gate.belongToReader();
    judgeBatch();
    // As far as the split has come while it still counts.
    advance(now());
    switch (mark.mark) {
      case InputRecord.SPLIT_BEGINS:
        clock.begin(mark.split);
        break;
      case InputRecord.SPLIT_ENDS:
        clock.end(mark.split, ticks.nowMs());
        break;
      default:
        clock.splitsKnown();
    }
    advance(now());
  }

  private void advance(long nowMs) throws Exception {
    Peers.Summary latest = peers.latest();
    emitWatermark(clock.advance(latest, ticks.nowMs(), nowMs));
    boolean waits = catchUp.isAhead(clock.watermarkMs(), latest, nowMs);
    gate.shut(waits);
    gate.last(clock.lastSplit());
    routeMetrics.waits(waits);
  }

  private void judgeBatch() throws Exception {
    if (batch.isEmpty()) {
      return;
    }
    int records = batch.size();
    long tickMs = ticks.nowMs();
    kernel.judge(clock.watermarkMs(), now(), new Verdict(tickMs));
    for (int i = 0; i < records; i++) {
      InputRecord record = batch.get(i);
      // Records of a split come in order, and many at a time.
      if (i + 1 == records || batch.get(i + 1).split != record.split) {
        clock.read(record.split, record.position, tickMs);
        backlog.reached(record.split, record.position + 1);
      }
    }
    batch.clear();
    sendBlocks();
    routeMetrics.judged(records);
  }

  /** What the kernel says of the batch. */
  private final class Verdict implements VerdictConsumer {
    private final long tickMs;

    Verdict(long tickMs) {
      this.tickMs = tickMs;
    }

    @Override
    public void highestStart(int partition, long startMs) {
      clock.saw(partition, startMs, tickMs);
    }

    @Override
    public void rejected(int index, RejectReason reason, String detail) {
      routeMetrics.rejected(reason);
      RejectedRecord rejected = new RejectedRecord(batch.get(index), reason.label(), detail);
      output.collect(REJECTS, new StreamRecord<>(rejected));
    }
  }

  private void sendBlocks() throws Exception {
    kernel.drain(
        (cell, calls, block) -> {
          routeMetrics.sentBlock(calls);
          output.collect(new StreamRecord<>(new Block(cell, calls, block)));
        });
  }

  /** Emits the watermark if it closes a bucket: nothing happens in between. */
  private void emitWatermark(long watermarkMs) throws Exception {
    routeMetrics.watermark(clock);
    if (watermarkMs == RouteClock.BEFORE_ALL_MS) {
      return;
    }
    long bucketMs = settings.layout.bucketMs();
    boolean first = emittedMs == RouteClock.BEFORE_ALL_MS;
    if (first
        || Math.floorDiv(watermarkMs + 1, bucketMs) > Math.floorDiv(emittedMs + 1, bucketMs)) {
      // What the watermark closes has to be downstream before it.
      kernel.flush(watermarkMs);
      sendBlocks();
      emittedMs = watermarkMs;
      output.emitWatermark(new Watermark(watermarkMs));
    }
  }

  @Override
  public void onProcessingTime(long timestamp) throws Exception {
    if (ended) {
      return;
    }
    judgeBatch();
    long nowMs = now();
    long tickMs = ticks.nowMs();
    clock.hear(backlog.latest(), tickMs);
    advance(nowMs);
    peers.tell(clock.report(tickMs));
    routeMetrics.time(clock, tickMs);
    clockLog.lines(clock, tickMs).forEach(LOG::warn);
    nextTick = getProcessingTimeService().registerTimer(nowMs + TICK_MS, this);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    sendAll();
  }

  private void sendAll() throws Exception {
    judgeBatch();
    kernel.flush(Long.MAX_VALUE);
    sendBlocks();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.update(clock);
  }

  @Override
  public void endInput() throws Exception {
    sendAll();
    ended = true;
  }

  /** Drops what the source says of time, but for the end of time, after which nothing comes. */
  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    if (watermark.getTimestamp() == Watermark.MAX_WATERMARK.getTimestamp()) {
      sendAll();
      // A source of files may stay for long behind its last record, and others still hold time.
      ended = true;
      gate.shut(false);
      peers.tell(clock.report(ticks.nowMs()));
      output.emitWatermark(watermark);
    }
  }

  /** Called at the end of every run, also of one that failed or was cancelled. */
  @Override
  public void dispose() throws Exception {
    try {
      if (nextTick != null) {
        nextTick.cancel(false);
      }
      IOUtils.closeAll(gate, kernel, backlog, peers);
    } finally {
      super.dispose();
    }
  }
}
