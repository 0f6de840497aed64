package io.callweave.stage;

import io.callweave.nativelib.CellKernel;
import java.util.Collections;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Keeps the blocks of the cells of a stage until the watermark has passed their bucket, then has
 * them worked by its kernel, once, and forgets them.
 *
 * <p>Life of a cell: its first block registers the one timer; blocks wait in {@link WriteBehind}
 * and are appended to the state before a barrier, never read; the timer gives all of them to the
 * kernel and clears the state. Before the watermark is handed on, the kernel works the cells of a
 * bucket together, which makes fewer and larger blocks, and what comes out goes downstream.
 *
 * @param <T> what comes out of a cell
 */
public final class CellOperator<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<Block, T>, Triggerable<Long, VoidNamespace> {
  private static final long serialVersionUID = 1L;

  private static final String BLOCKS = "blocks";
  private static final String OPEN_CALLS = "open-calls";
  private static final String TIMERS = "user-timers";

  /**
   * Bytes of blocks after which the kernel works the cells that it has been given. What it makes of
   * them to look it up call by call takes several times as much: with more of it than the
   * processor's caches hold, Link takes twice the time.
   */
  private static final int FIRE_BYTES = 512 << 10;

  private final CellStage<T> stage;
  private final long budgetBytes;

  private transient CellLayout layout;
  private transient LayoutState layoutState;
  private transient ListState<Long> storedOpenCalls;
  private transient ListState<byte[]> stored;
  private transient InternalTimerService<VoidNamespace> timers;
  private transient WriteBehind waiting;

  /** The cells that have something in the state. */
  private transient Set<Long> storedCells;

  private transient CellKernel kernel;
  private transient CellMetrics cellMetrics;
  private transient TimestampedCollector<T> out;
  private transient long watermarkMs;

  /** The bucket whose cells the kernel has been given and not yet worked, if there is one. */
  private transient OptionalLong pendingBucket;

  private transient long pendingBytes;

  /**
   * An operator for a stage.
   *
   * @param budgetBytes of blocks that may wait in memory
   */
  public CellOperator(CellStage<T> stage, long budgetBytes) {
    this.stage = stage;
    this.budgetBytes = budgetBytes;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    layout = stage.layout();
    layoutState = new LayoutState(context.getOperatorStateStore(), layout);
    layoutState.check();
    storedOpenCalls =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>(OPEN_CALLS, Types.LONG));
    cellMetrics = new CellMetrics();
    for (long calls : storedOpenCalls.get()) {
      cellMetrics.openCalls.inc(calls);
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    stored =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>(
                    BLOCKS, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    timers = getInternalTimerService(TIMERS, VoidNamespaceSerializer.INSTANCE, this);
    waiting = new WriteBehind(layout, budgetBytes, this::append);
    storedCells = restoredCells();
    pendingBucket = OptionalLong.empty();
    watermarkMs = Long.MIN_VALUE;
    out = new TimestampedCollector<>(output);
    kernel = stage.openKernel();
    cellMetrics.register(getMetricGroup(), kernel, () -> waiting.bytes());
  }

  /** The cells of a restored state. */
  private Set<Long> restoredCells() {
    KeyedStateBackend<Long> state = getKeyedStateBackend();
    try (Stream<Long> cells = state.getKeys(BLOCKS, VoidNamespace.INSTANCE)) {
      return cells.collect(Collectors.toCollection(HashSet::new));
    }
  }

  private void append(long cell, byte[] packed) throws Exception {
    setCurrentKey(cell);
    stored.add(packed);
    storedCells.add(cell);
  }

  @Override
  public void processElement(StreamRecord<Block> element) throws Exception {
    Block block = element.getValue();
    long lastMs = layout.lastMs(block.cell);
    if (timers.currentWatermark() >= lastMs) {
      throw new IllegalStateException(
          String.format(
              "a block arrived for cell %d, which the watermark %d has fired: calls would be lost",
              block.cell, timers.currentWatermark()));
    }
    if (waiting.isNew(block.cell)) {
      // Also after a restore, which does not know what waits: a timer exists only once.
      timers.registerEventTimeTimer(VoidNamespace.INSTANCE, lastMs);
    }
    cellMetrics.received(block);
    if (waiting.add(block, timers.currentWatermark())) {
      setCurrentKey(block.cell);
    }
  }

  @Override
  public void onEventTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
    long cell = timer.getKey();
    long bucket = layout.bucketOf(cell);
    if (pendingBucket.isPresent() && pendingBucket.getAsLong() != bucket) {
      fire();
    }
    pendingBucket = OptionalLong.of(bucket);
    // RocksDB is not asked for what it does not have: most cells of a replay.
    if (storedCells.remove(cell)) {
      for (byte[] packed : stored.get()) {
        PackedBlocks.unpack(packed, this::push);
      }
      stored.clear();
    }
    for (Block block : waiting.takeWaiting(cell)) {
      push(block.calls, block.bytes);
    }
    cellMetrics.cellFired();
    if (pendingBytes >= FIRE_BYTES) {
      fire();
    }
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, VoidNamespace> timer) {
    throw new IllegalStateException("no timer of processing time was registered");
  }

  private void push(int calls, byte[] block) {
    kernel.push(block);
    pendingBytes += block.length;
    cellMetrics.openCalls.dec(calls);
  }

  /** Has the cells worked whose timers have fired, of one bucket, and hands on what comes out. */
  private void fire() throws Exception {
    if (pendingBucket.isPresent()) {
      kernel.fire(pendingBucket.getAsLong());
      pendingBucket = OptionalLong.empty();
      pendingBytes = 0;
      stage.drain(kernel, cellMetrics, out);
      cellMetrics.worked();
    }
  }

  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    if (getTimeServiceManager().isPresent()) {
      getTimeServiceManager().get().advanceWatermark(watermark);
    }
    // What the watermark closes has to be downstream before it.
    fire();
    watermarkMs = watermark.getTimestamp();
    output.emitWatermark(watermark);
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
      if (kernel != null) {
        kernel.close();
      }
    } finally {
      super.dispose();
    }
  }
}
