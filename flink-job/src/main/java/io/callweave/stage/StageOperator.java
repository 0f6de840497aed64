package io.callweave.stage;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.CellKernel;
import java.util.Collections;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.OutputTag;

/**
 * What operators of stages have in common: blocks wait in {@link WriteBehind} until a timer at the
 * end of their bucket hands them to the kernel, and become part of the state before a barrier.
 *
 * @param <N> the namespace of timers
 * @param <K> the kernel
 * @param <T> what comes out
 */
abstract class StageOperator<N, K extends CellKernel, T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<Block, T>, Triggerable<Long, N>, StageOutput<T> {
  private static final long serialVersionUID = 1L;

  final Stage<K, T> stage;
  private final long budgetBytes;

  transient CellLayout layout;
  transient WriteBehind waiting;
  private transient SlotMemory.Share memory;
  transient K kernel;
  private transient CellMetrics cellMetrics;
  private transient TimestampedCollector<T> out;
  private transient LayoutState layoutState;
  private transient ListState<Long> storedOpenCalls;
  private transient InternalTimerService<N> timers;
  private transient long watermarkMs;
  private transient long emittedMs;
  private transient long eventMs;

  StageOperator(Stage<K, T> stage, long budgetBytes) {
    this.stage = stage;
    this.budgetBytes = budgetBytes;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  /** Opens the service of timers. */
  abstract InternalTimerService<N> openTimers();

  /** The namespace of the timer of a cell. */
  abstract N namespace(long cell);

  /** The key of a cell. */
  abstract long key(long cell);

  /** Appends blocks to the state of a cell, which becomes the current one. */
  abstract void append(long cell, byte[] packed) throws Exception;

  /** Has all work done that the timers of a watermark have left, before it is handed on. */
  abstract void finishTimers() throws Exception;

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    layout = stage.layout();
    layoutState = new LayoutState(context.getOperatorStateStore(), layout);
    layoutState.check();
    storedOpenCalls =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("open-calls", Types.LONG));
    cellMetrics = new CellMetrics();
    for (long calls : storedOpenCalls.get()) {
      cellMetrics.openCalls.inc(calls);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    timers = openTimers();
    String slot = getContainingTask().getEnvironment().getTaskInfo().getAllocationIDAsString();
    memory = SlotMemory.join(slot, budgetBytes);
    waiting = new WriteBehind(layout, memory, this::append);
    watermarkMs = Long.MIN_VALUE;
    emittedMs = Long.MIN_VALUE;
    out = new TimestampedCollector<>(output);
    kernel = stage.openKernel();
    cellMetrics.register(getMetricGroup(), kernel, () -> memory.blockBytes());
  }

  @Override
  public void processElement(StreamRecord<Block> element) throws Exception {
    Block block = stage.place(element.getValue());
    if (timers.currentWatermark() >= layout.lastMs(block.cell)) {
      throw new IllegalStateException(
          String.format(
              "a block arrived for cell %d, which the watermark %d has fired: calls would be lost",
              block.cell, timers.currentWatermark()));
    }
    cellMetrics.received(block);
    takeBack(block);
  }

  /** Also while a watermark fires that is far beyond the block's bucket: that is fired next. */
  @Override
  public void takeBack(Block block) throws Exception {
    if (waiting.isNew(block.cell)) {
      registerTimer(block.cell);
    }
    cellMetrics.openCalls.inc(block.calls);
    if (waiting.add(block, timers.currentWatermark())) {
      setCurrentKey(key(block.cell));
    }
  }

  /** Has the cell worked when it is complete. Whoever asks again changes nothing. */
  void registerTimer(long cell) {
    timers.registerEventTimeTimer(namespace(cell), layout.lastMs(cell));
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, N> timer) {
    throw new IllegalStateException("no timer of processing time was registered");
  }

  /** Gives the blocks of a cell to the kernel: those from the state, then those that wait. */
  void pushAll(long cell, Iterable<byte[]> stored) {
    for (byte[] packed : stored) {
      PackedBlocks.unpack(packed, this::push);
    }
    for (Block block : waiting.takeWaiting(cell)) {
      push(block.calls, block.bytes);
    }
    long nowMs = getProcessingTimeService().getCurrentProcessingTime();
    cellMetrics.cellFired(nowMs - layout.lastMs(cell));
  }

  /** Gives one block to the kernel. */
  void push(int calls, byte[] block) {
    kernel.push(block);
    cellMetrics.openCalls.dec(calls);
  }

  /**
   * Hands on what the kernel gives of a bucket. Its beginning is the event time of records: files
   * are put into folders by it.
   */
  void drain(long bucket) throws Exception {
    eventMs = bucket * layout.bucketMs();
    stage.drain(kernel, this);
    cellMetrics.worked();
    memory.setNative(kernel.memoryBytes());
  }

  @Override
  public void collect(T value) {
    if (value instanceof Block) {
      cellMetrics.sentBlock();
    }
    out.setAbsoluteTimestamp(eventMs);
    out.collect(value);
  }

  @Override
  public void collectSums(Block block) {
    cellMetrics.sentBlock();
    output.collect(SUMS, new StreamRecord<>(block));
  }

  @Override
  public void collect(OutputTag<ResultRecord> tag, ResultRecord record) {
    output.collect(tag, new StreamRecord<>(record, eventMs));
  }

  @Override
  public void keep(Block block) throws Exception {
    throw new UnsupportedOperationException(stage.name() + " keeps no blocks");
  }

  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    if (getTimeServiceManager().isPresent()) {
      getTimeServiceManager().get().advanceWatermark(watermark);
    }
    // What the watermark closes has to be downstream before it.
    finishTimers();
    watermarkMs = watermark.getTimestamp();
    long promisedMs = stage.promisedMs(watermarkMs);
    if (promisedMs > emittedMs) {
      emittedMs = promisedMs;
      output.emitWatermark(new Watermark(promisedMs));
    }
  }

  /** What waits becomes part of the checkpoint that the barrier belongs to. */
  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    waiting.storeBeforeBarrier(watermarkMs);
    super.prepareSnapshotPreBarrier(checkpointId);
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    layoutState.update();
    storedOpenCalls.update(Collections.singletonList(cellMetrics.openCalls.getCount()));
  }

  /** Calls that wait for their cell to fire. */
  public long openCalls() {
    return cellMetrics.openCalls.getCount();
  }

  /** Called at the end of every run, also of one that failed or was cancelled. */
  @Override
  public void dispose() throws Exception {
    try {
      IOUtils.closeAll(memory, kernel);
    } finally {
      super.dispose();
    }
  }
}
