package io.callweave.cells;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.TimestampedCollector;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.util.Collector;

/**
 * Hosts a {@link CellFunction} and does for it what a function cannot: writes under other keys than
 * the current one, writes what waits in memory before each barrier, so that it is part of the
 * checkpoint that the barrier belongs to, and says when the last timer of a watermark has fired.
 *
 * @param <T> what comes out of a cell
 */
public final class CellOperator<T> extends KeyedProcessOperator<Long, Block, T> {
  private static final long serialVersionUID = 1L;

  private final CellFunction<T> function;
  private final long budgetBytes;

  private transient Collector<T> out;
  private transient long watermarkMs;

  /**
   * Hosts a function.
   *
   * @param budgetBytes of blocks that may wait in memory
   */
  public CellOperator(CellFunction<T> function, long budgetBytes) {
    super(function);
    this.function = function;
    this.budgetBytes = budgetBytes;
  }

  @Override
  public void open() throws Exception {
    super.open();
    function.writeBehind(this::setCurrentKey, storedCells(), budgetBytes);
    watermarkMs = Long.MIN_VALUE;
    out = new TimestampedCollector<>(output);
  }

  /** The cells of a restored state. */
  private Set<Long> storedCells() {
    KeyedStateBackend<Long> state = getKeyedStateBackend();
    try (Stream<Long> cells = state.getKeys(CellFunction.BLOCKS, VoidNamespace.INSTANCE)) {
      return cells.collect(Collectors.toCollection(HashSet::new));
    }
  }

  @Override
  public void processWatermark(Watermark watermark) throws Exception {
    Optional<InternalTimeServiceManager<?>> timers = getTimeServiceManager();
    if (timers.isPresent()) {
      timers.get().advanceWatermark(watermark);
    }
    // What the watermark closes has to be downstream before it.
    function.fire(out);
    watermarkMs = watermark.getTimestamp();
    output.emitWatermark(watermark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    function.storeBefore(watermarkMs);
    super.prepareSnapshotPreBarrier(checkpointId);
  }
}
