package io.callweave.cells;

import org.apache.flink.streaming.api.operators.KeyedProcessOperator;

/**
 * Hosts a {@link CellFunction} and does for it what a function cannot: writes under other keys than
 * the current one, and writes what waits in memory before each barrier, so that it is part of the
 * checkpoint that the barrier belongs to.
 *
 * @param <T> what comes out of a cell
 */
public final class CellOperator<T> extends KeyedProcessOperator<Long, Block, T> {
  private static final long serialVersionUID = 1L;

  private final CellFunction<T> function;
  private final long budgetBytes;

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
    function.writeBehind(this::setCurrentKey, budgetBytes);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    function.store();
    super.prepareSnapshotPreBarrier(checkpointId);
  }
}
