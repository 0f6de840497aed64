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
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;

/**
 * Keeps the blocks of the cells of a stage until the watermark has passed their bucket, then has
 * them worked by its kernel, once, and forgets them.
 *
 * <p>Life of a cell, which is the key: its first block registers the one timer; blocks wait in
 * memory and are appended to the state before a barrier, never read; the timer gives all of them to
 * the kernel and clears the state. Before the watermark is handed on, the kernel works the cells of
 * a bucket together, which makes fewer and larger blocks, and what comes out goes downstream.
 *
 * @param <T> what comes out of a cell
 */
public final class CellOperator<T> extends StageOperator<VoidNamespace, CellKernel, T> {
  private static final long serialVersionUID = 1L;

  private static final String BLOCKS = "blocks";

  /**
   * Bytes of blocks after which the kernel works the cells that it has been given. What it makes of
   * them to look it up call by call takes several times as much: with more of it than the
   * processor's caches hold, Link takes twice the time.
   */
  private static final int FIRE_BYTES = 512 << 10;

  private transient ListState<byte[]> stored;

  /** The cells that have something in the state. */
  private transient Set<Long> storedCells;

  /** The bucket whose cells the kernel has been given and not yet worked, if there is one. */
  private transient OptionalLong pendingBucket;

  private transient long pendingBytes;

  /**
   * An operator for a stage.
   *
   * @param budgetBytes what the stages of a slot may hold together
   */
  public CellOperator(Stage<CellKernel, T> stage, long budgetBytes) {
    super(stage, budgetBytes);
  }

  @Override
  public void open() throws Exception {
    super.open();
    stored =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>(
                    BLOCKS, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    storedCells = restoredCells();
    pendingBucket = OptionalLong.empty();
  }

  private Set<Long> restoredCells() {
    KeyedStateBackend<Long> state = getKeyedStateBackend();
    try (Stream<Long> cells = state.getKeys(BLOCKS, VoidNamespace.INSTANCE)) {
      return cells.collect(Collectors.toCollection(HashSet::new));
    }
  }

  @Override
  InternalTimerService<VoidNamespace> openTimers() {
    return getInternalTimerService("user-timers", VoidNamespaceSerializer.INSTANCE, this);
  }

  @Override
  VoidNamespace namespace(long cell) {
    return VoidNamespace.INSTANCE;
  }

  @Override
  long key(long cell) {
    return cell;
  }

  @Override
  void append(long cell, byte[] packed) throws Exception {
    setCurrentKey(cell);
    stored.add(packed);
    storedCells.add(cell);
  }

  @Override
  public void onEventTime(InternalTimer<Long, VoidNamespace> timer) throws Exception {
    long cell = timer.getKey();
    long bucket = layout.bucketOf(cell);
    if (pendingBucket.isPresent() && pendingBucket.getAsLong() != bucket) {
      finishTimers();
    }
    pendingBucket = OptionalLong.of(bucket);
    // RocksDB is not asked for what it does not have: most cells of a replay.
    if (storedCells.remove(cell)) {
      pushAll(cell, stored.get());
      stored.clear();
    } else {
      pushAll(cell, Collections.emptyList());
    }
    if (pendingBytes >= FIRE_BYTES) {
      finishTimers();
    }
  }

  @Override
  void push(int calls, byte[] block) {
    super.push(calls, block);
    pendingBytes += block.length;
  }

  /** Has the cells worked whose timers have fired, of one bucket, and hands on what comes out. */
  @Override
  void finishTimers() throws Exception {
    if (pendingBucket.isPresent()) {
      long bucket = pendingBucket.getAsLong();
      kernel.fire(bucket);
      pendingBucket = OptionalLong.empty();
      pendingBytes = 0;
      drain(bucket);
    }
  }
}
