package io.callweave.stage;

import io.callweave.nativelib.CellKernel;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.internal.InternalListState;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * Has the buckets of a single group worked in order by a kernel that keeps in memory what it has to
 * know of the buckets before. What it would have to be given again if it started anew it gives away
 * as blocks, each for the bucket until whose end it counts: they are kept in the state and pushed
 * to it after a restore.
 *
 * <p>For one subtask. The key is that of the group; the bucket is the namespace.
 *
 * @param <T> what comes out of a bucket
 */
public final class StandingOperator<T> extends StageOperator<Long, CellKernel, T> {
  private static final long serialVersionUID = 1L;

  private static final String KEPT = "kept";

  private transient long key;
  private transient InternalListState<Long, Long, byte[]> stored;
  private transient InternalListState<Long, Long, byte[]> kept;

  /**
   * An operator for a stage.
   *
   * @param budgetBytes what the stages of a slot may hold together
   */
  public StandingOperator(Stage<CellKernel, T> stage, long budgetBytes) {
    super(stage, budgetBytes);
  }

  @Override
  public void open() throws Exception {
    super.open();
    key = new EvenKeys(layout).ofGroup(0);
    stored = blocks("blocks");
    kept = blocks(KEPT);
    for (Tuple2<Long, Long> bucket : restoredBuckets()) {
      setCurrentKey(bucket.f0);
      kept.setCurrentNamespace(bucket.f1);
      for (byte[] packed : kept.get()) {
        PackedBlocks.unpack(packed, (calls, block) -> kernel.push(block));
      }
    }
  }

  @SuppressWarnings("unchecked") // As Flink's operator for windows does it.
  private InternalListState<Long, Long, byte[]> blocks(String name) throws Exception {
    return (InternalListState<Long, Long, byte[]>)
        getOrCreateKeyedState(
            LongSerializer.INSTANCE,
            new ListStateDescriptor<>(name, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
  }

  private List<Tuple2<Long, Long>> restoredBuckets() {
    KeyedStateBackend<Long> state = getKeyedStateBackend();
    try (Stream<Tuple2<Long, Long>> buckets = state.getKeysAndNamespaces(KEPT)) {
      return buckets.collect(Collectors.toList());
    }
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
    return key;
  }

  @Override
  void append(long cell, byte[] packed) throws Exception {
    append(stored, cell, packed);
  }

  private void append(InternalListState<Long, Long, byte[]> state, long cell, byte[] packed)
      throws Exception {
    setCurrentKey(key);
    state.setCurrentNamespace(layout.bucketOf(cell));
    state.add(packed);
  }

  @Override
  public void keep(Block block) throws Exception {
    append(kept, block.cell, PackedBlocks.pack(Collections.singletonList(block)));
    registerTimer(block.cell);
  }

  @Override
  public void onEventTime(InternalTimer<Long, Long> timer) throws Exception {
    long bucket = timer.getNamespace();
    stored.setCurrentNamespace(bucket);
    Iterable<byte[]> values = stored.get();
    pushAll(layout.cell(bucket, 0), values == null ? Collections.emptyList() : values);
    stored.clear();
    kept.setCurrentNamespace(bucket);
    kept.clear();
    kernel.fire(bucket);
    drain(bucket);
  }

  /** Each timer has done its work. */
  @Override
  void finishTimers() {}
}
