package io.callweave.stage;

import io.callweave.nativelib.KeyedKernel;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.watermark.Watermark;

/**
 * Keeps the blocks of the buckets of each group until the watermark has passed them, then has them
 * worked in order by a kernel that knows what it has learned from the buckets before.
 *
 * <p>The key is the group alone, as {@link EvenKeys} chooses it; the bucket is the namespace of the
 * state and of the timers, as Flink's windows have it. State of a key: per open bucket its blocks,
 * and one value, what the kernel has saved.
 *
 * @param <T> what comes out of a bucket
 */
public final class KeyedOperator<T> extends StageOperator<Long, KeyedKernel, T> {
  private static final long serialVersionUID = 1L;

  private static final byte[] NOTHING = {};

  private transient EvenKeys keys;
  private transient InternalListState<Long, Long, byte[]> stored;
  private transient ValueState<byte[]> known;
  private transient PaceWatch pace;
  private transient Map<Long, Integer> knownBytes;

  /**
   * An operator for a stage.
   *
   * @param budgetBytes what the stages of a slot may hold together
   */
  public KeyedOperator(Stage<KeyedKernel, T> stage, long budgetBytes) {
    super(stage, budgetBytes);
  }

  @Override
  @SuppressWarnings("unchecked") // As Flink's operator for windows does it.
  public void open() throws Exception {
    super.open();
    keys = new EvenKeys(layout);
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
    pace = new PaceWatch();
    knownBytes = new ConcurrentHashMap<>();
    getMetricGroup()
        .addGroup("callweave")
        .gauge(
            "knownBytes",
            (Gauge<Long>) () -> knownBytes.values().stream().mapToLong(Integer::longValue).sum());
  }

  @Override
  InternalTimerService<Long> openTimers() {
    return getInternalTimerService("buckets", LongSerializer.INSTANCE, this);
  }

  @Override
  Long namespace(long cell) {
    return layout.bucketOf(cell);
  }

  @Override
  long key(long cell) {
    return keys.ofGroup(layout.groupOf(cell));
  }

  @Override
  void append(long cell, byte[] packed) throws Exception {
    setCurrentKey(key(cell));
    stored.setCurrentNamespace(layout.bucketOf(cell));
    stored.add(packed);
  }

  @Override
  public void onEventTime(InternalTimer<Long, Long> timer) throws Exception {
    long beginNs = System.nanoTime();
    long bucket = timer.getNamespace();
    byte[] learned = known.value();
    kernel.load(learned == null ? NOTHING : learned);
    stored.setCurrentNamespace(bucket);
    Iterable<byte[]> values = stored.get();
    pushAll(
        layout.cell(bucket, keys.group(timer.getKey())),
        values == null ? Collections.emptyList() : values);
    stored.clear();
    kernel.fire(bucket);
    save(timer.getKey());
    pace.worked(System.nanoTime() - beginNs);
    drain(bucket);
  }

  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    super.processWatermark(watermark);
    int share = pace.tooSlow(System.nanoTime(), watermark.getTimestamp());
    if (share > 0) {
      LOG.warn(
          "{} was at work {} % of the last minute and falls behind: {}",
          stage.name(), share, stage.whenTooSlow());
    }
  }

  private void save(long key) throws Exception {
    byte[] saved = kernel.save();
    knownBytes.put(key, saved.length);
    if (saved.length == 0) {
      known.clear();
    } else {
      known.update(saved);
    }
  }

  /** Each timer has done its work. */
  @Override
  void finishTimers() {}
}
