package io.callweave.stage;

import io.callweave.nativelib.KeyedKernel;
import java.util.Collections;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.internal.InternalListState;
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
 * Keeps the blocks of the buckets of each group until the watermark has passed them, then has them
 * worked in order by a kernel that knows what it has learned from the buckets before.
 *
 * <p>The key is the group alone, as {@link EvenKeys} chooses it; the bucket is the namespace of the
 * state and of the timers, as Flink's windows have it. State of a key: per open bucket its blocks,
 * behind {@link WriteBehind}, and one value, what the kernel has saved.
 *
 * @param <T> what comes out of a bucket
 */
public final class KeyedOperator<T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<Block, T>, Triggerable<Long, Long> {
  private static final long serialVersionUID = 1L;

  private static final byte[] NOTHING = {};

  private final KeyedStage<T> stage;
  private final long budgetBytes;

  private transient CellLayout layout;
  private transient EvenKeys keys;
  private transient LayoutState layoutState;
  private transient ListState<Long> storedOpenCalls;
  private transient InternalListState<Long, Long, byte[]> stored;
  private transient ValueState<byte[]> known;
  private transient InternalTimerService<Long> timers;
  private transient WriteBehind waiting;
  private transient KeyedKernel kernel;
  private transient CellMetrics cellMetrics;
  private transient TimestampedCollector<T> out;
  private transient long watermarkMs;

  /**
   * An operator for a stage.
   *
   * @param budgetBytes of blocks that may wait in memory
   */
  public KeyedOperator(KeyedStage<T> stage, long budgetBytes) {
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
            .getListState(new ListStateDescriptor<>("open-calls", Types.LONG));
    cellMetrics = new CellMetrics();
    for (long calls : storedOpenCalls.get()) {
      cellMetrics.openCalls.inc(calls);
    }
  }

  @Override
  @SuppressWarnings("unchecked") // As Flink's operator for windows does it.
  public void open() throws Exception {
    super.open();
    stored =
        (InternalListState<Long, Long, byte[]>)
            getOrCreateKeyedState(
                LongSerializer.INSTANCE,
                new ListStateDescriptor<>(
                    "blocks", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    known =
        getRuntimeContext()
            .getState(
                new ValueStateDescriptor<>(
                    "known", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    timers = getInternalTimerService("buckets", LongSerializer.INSTANCE, this);
    keys = new EvenKeys(layout);
    waiting = new WriteBehind(layout, budgetBytes, this::append);
    watermarkMs = Long.MIN_VALUE;
    out = new TimestampedCollector<>(output);
    kernel = stage.openKernel();
    cellMetrics.register(getMetricGroup(), kernel, () -> waiting.bytes());
  }

  private void append(long cell, byte[] packed) throws Exception {
    setCurrentKey(keys.ofGroup(layout.groupOf(cell)));
    stored.setCurrentNamespace(layout.bucketOf(cell));
    stored.add(packed);
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
      timers.registerEventTimeTimer(layout.bucketOf(block.cell), lastMs);
    }
    cellMetrics.received(block);
    waiting.add(block, timers.currentWatermark());
  }

  @Override
  public void onEventTime(InternalTimer<Long, Long> timer) throws Exception {
    long bucket = timer.getNamespace();
    byte[] learned = known.value();
    kernel.load(learned == null ? NOTHING : learned);
    stored.setCurrentNamespace(bucket);
    Iterable<byte[]> values = stored.get();
    if (values != null) {
      for (byte[] packed : values) {
        PackedBlocks.unpack(packed, this::push);
      }
      stored.clear();
    }
    for (Block block : waiting.takeWaiting(layout.cell(bucket, keys.group(timer.getKey())))) {
      push(block.calls, block.bytes);
    }
    kernel.fire(bucket);
    byte[] saved = kernel.save();
    if (saved.length == 0) {
      known.clear();
    } else {
      known.update(saved);
    }
    stage.drain(kernel, cellMetrics, out);
    cellMetrics.cellFired();
    cellMetrics.worked();
  }

  @Override
  public void onProcessingTime(InternalTimer<Long, Long> timer) {
    throw new IllegalStateException("no timer of processing time was registered");
  }

  private void push(int calls, byte[] block) {
    kernel.push(block);
    cellMetrics.openCalls.dec(calls);
  }

  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    super.processWatermark(watermark);
    watermarkMs = watermark.getTimestamp();
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
