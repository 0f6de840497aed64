package io.callweave.cells;

import io.callweave.nativelib.CellKernel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Keeps the blocks of its cells until the watermark has passed their bucket, then has them worked
 * by a kernel, once, and forgets them.
 *
 * <p>Life of a cell: its first block registers the one timer; blocks are appended, never read; the
 * timer reads them all, fires the kernel, hands its output on and clears the state.
 *
 * <p>Hosted by a {@link CellOperator}, blocks wait in memory and go to the state before a barrier,
 * or when they are more than the budget: most cells of a replay never touch RocksDB. In a live
 * stream most cells are still open at the next barrier. Some MiB of them at a time are written
 * before it, since nothing is handed on while a barrier waits for RocksDB. And the cells of a
 * bucket are worked at once, which makes fewer and larger blocks. Alone, the function writes each
 * block to the state and works each cell by itself.
 *
 * @param <T> what comes out of a cell
 */
public abstract class CellFunction<T> extends KeyedProcessFunction<Long, Block, T>
    implements CheckpointedFunction {
  /** The name of the state. */
  static final String BLOCKS = "blocks";

  private static final long serialVersionUID = 1L;

  /**
   * Bytes of blocks after which the kernel works the cells that it has been given. What it makes of
   * them to look it up call by call takes several times as much: with more of it than the
   * processor's caches hold, Link takes twice the time.
   */
  private static final int FIRE_BYTES = 512 << 10;

  /** Bytes of blocks after which those are written that the next checkpoint would have to write. */
  private static final long SPILL_BYTES = 4 << 20;

  private final Grid grid;
  private transient CellKernel kernel;
  private transient ListState<byte[]> stored;
  private transient ListState<Long> storedOpenCalls;
  private transient Map<Long, List<Block>> waiting;
  private transient long waitingBytes;
  private transient long budgetBytes;
  private transient LongConsumer setCurrentCell;
  private transient Foresight foresight;

  /** Bytes of blocks that came since it was last looked what can be written. */
  private transient long unseenBytes;

  /** The cells that have something in the state; null where that is not known. */
  private transient Set<Long> storedCells;

  private transient CellMetrics metrics;

  /** The bucket whose cells the kernel has been given and not yet worked, if there is one. */
  private transient OptionalLong given;

  private transient long givenBytes;

  /** Works the cells of a grid. */
  protected CellFunction(Grid grid) {
    this.grid = grid;
  }

  /** Opens the kernel that works the cells. */
  protected abstract CellKernel openKernel();

  /** Hands on what the kernel gives. */
  protected abstract void drain(CellKernel fired, Collector<T> out) throws Exception;

  /**
   * Lets blocks wait in memory.
   *
   * @param setCurrentCell makes a cell the one whose state is written
   * @param storedCells that have something in the state
   * @param budgetBytes of blocks in memory at most
   */
  void writeBehind(LongConsumer setCurrentCell, Set<Long> storedCells, long budgetBytes) {
    this.setCurrentCell = setCurrentCell;
    this.storedCells = storedCells;
    this.budgetBytes = budgetBytes;
    foresight = new Foresight();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    storedOpenCalls =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("open-calls", Types.LONG));
    metrics = new CellMetrics();
    for (long calls : storedOpenCalls.get()) {
      metrics.openCalls.inc(calls);
    }
  }

  @Override
  public void open(Configuration parameters) {
    stored =
        getRuntimeContext()
            .getListState(
                new ListStateDescriptor<>(
                    BLOCKS, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    waiting = new HashMap<>();
    given = OptionalLong.empty();
    kernel = openKernel();
    metrics.register(getRuntimeContext().getMetricGroup(), kernel, () -> waitingBytes);
  }

  @Override
  public void processElement(Block block, Context context, Collector<T> out) throws Exception {
    long cell = context.getCurrentKey();
    long lastMs = grid.lastMs(cell);
    if (context.timerService().currentWatermark() >= lastMs) {
      throw new IllegalStateException(
          String.format(
              "a block arrived for cell %d, which the watermark %d has fired: calls would be lost",
              cell, context.timerService().currentWatermark()));
    }
    List<Block> blocks = waiting.get(cell);
    if (blocks == null) {
      blocks = new ArrayList<>();
      waiting.put(cell, blocks);
      // Also after a restore, which does not know what waits: a timer exists only once.
      context.timerService().registerEventTimeTimer(lastMs);
    }
    metrics.received(block);
    if (setCurrentCell == null) {
      stored.add(PackedBlocks.pack(Collections.singletonList(block)));
      return;
    }
    blocks.add(block);
    waitingBytes += block.bytes.length;
    unseenBytes += block.bytes.length;
    if (waitingBytes > budgetBytes) {
      store(Long.MIN_VALUE);
      setCurrentCell.accept(cell);
    } else if (unseenBytes >= SPILL_BYTES) {
      long watermarkMs = context.timerService().currentWatermark();
      store(foresight.nextBarrierAtMost(watermarkMs, tickMs()));
      setCurrentCell.accept(cell);
    }
  }

  /** Writes all that waits to the state. The current cell is another then. */
  void storeBefore(long watermarkMs) throws Exception {
    store(Long.MIN_VALUE);
    foresight.barrier(watermarkMs, tickMs());
  }

  /** Of a clock that nobody sets. */
  private static long tickMs() {
    return System.nanoTime() / 1_000_000;
  }

  /** Writes the blocks of all cells that a watermark of so much leaves open, one value per cell. */
  private void store(long watermarkMs) throws Exception {
    unseenBytes = 0;
    for (Map.Entry<Long, List<Block>> cell : waiting.entrySet()) {
      List<Block> blocks = cell.getValue();
      if (!blocks.isEmpty() && grid.lastMs(cell.getKey()) > watermarkMs) {
        setCurrentCell.accept(cell.getKey());
        stored.add(PackedBlocks.pack(blocks));
        storedCells.add(cell.getKey());
        waitingBytes -= bytes(blocks);
        // The empty list stays: it says that the cell has its timer.
        cell.setValue(new ArrayList<>());
      }
    }
  }

  private static long bytes(List<Block> blocks) {
    long bytes = 0;
    for (Block block : blocks) {
      bytes += block.bytes.length;
    }
    return bytes;
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<T> out) throws Exception {
    long cell = context.getCurrentKey();
    long bucket = grid.bucketOf(cell);
    if (given.isPresent() && given.getAsLong() != bucket) {
      fire(out);
    }
    given = OptionalLong.of(bucket);
    // RocksDB is not asked for what it does not have: most cells of a replay.
    if (storedCells == null || storedCells.remove(cell)) {
      for (byte[] packed : stored.get()) {
        PackedBlocks.unpack(packed, this::push);
      }
      stored.clear();
    }
    List<Block> blocks = waiting.remove(cell);
    if (blocks != null) {
      waitingBytes -= bytes(blocks);
      for (Block block : blocks) {
        push(block.calls, block.bytes);
      }
    }
    metrics.cellFired();
    if (setCurrentCell == null || givenBytes >= FIRE_BYTES) {
      fire(out);
    }
  }

  /** Has the cells worked whose timers have fired, of one bucket, and hands on what comes out. */
  void fire(Collector<T> out) throws Exception {
    if (given.isPresent()) {
      kernel.fire(given.getAsLong());
      given = OptionalLong.empty();
      givenBytes = 0;
      drain(kernel, out);
      metrics.worked();
    }
  }

  private void push(int calls, byte[] block) {
    kernel.push(block);
    givenBytes += block.length;
    metrics.openCalls.dec(calls);
  }

  /** The metrics of this subtask. */
  protected CellMetrics metrics() {
    return metrics;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    storedOpenCalls.update(Collections.singletonList(metrics.openCalls.getCount()));
  }

  @Override
  public void close() {
    if (kernel != null) {
      kernel.close();
    }
  }
}
