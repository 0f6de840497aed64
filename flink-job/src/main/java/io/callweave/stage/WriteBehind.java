package io.callweave.stage;

import io.callweave.cell.CellLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Blocks that wait in memory, by cell, until they are worked or have to go to the state: before a
 * barrier, or when the stages of the slot hold too much. Most cells of a replay never touch
 * RocksDB.
 *
 * <p>In a live stream most cells are still open at the next barrier. Some MiB of them at a time are
 * written before it, since nothing is handed on while a barrier waits for RocksDB.
 */
final class WriteBehind {
  /** Bytes of blocks after which those are written that the next checkpoint would have to write. */
  private static final long SPILL_BYTES = 4 << 20;

  private final CellLayout layout;
  private final Store store;
  private final SlotMemory.Share memory;
  private final CheckpointForecast forecast = new CheckpointForecast();
  private final Map<Long, List<Block>> waiting = new HashMap<>();

  /** Bytes of blocks that came since it was last looked what can be written. */
  private long unseenBytes;

  /** Appends a value to the state of a cell, which becomes the current one. */
  interface Store {
    void append(long cell, byte[] packed) throws Exception;
  }

  /**
   * An empty buffer.
   *
   * @param memory what it counts its blocks against
   */
  WriteBehind(CellLayout layout, SlotMemory.Share memory, Store store) {
    this.layout = layout;
    this.memory = memory;
    this.store = store;
  }

  /** Whether no block of the cell has come since the start. */
  boolean isNew(long cell) {
    return !waiting.containsKey(cell);
  }

  /**
   * Takes in a block.
   *
   * @return whether blocks were written, and the current cell is another
   */
  boolean add(Block block, long watermarkMs) throws Exception {
    waiting.computeIfAbsent(block.cell, cell -> new ArrayList<>()).add(block);
    memory.addBlocks(block.bytes.length);
    unseenBytes += block.bytes.length;
    if (memory.isTooMuch()) {
      store(Long.MIN_VALUE);
      return true;
    }
    if (unseenBytes >= SPILL_BYTES) {
      store(forecast.nextBarrierAtMost(watermarkMs, tickMs()));
      return true;
    }
    return false;
  }

  /** Writes all that waits, before a barrier. */
  void storeBeforeBarrier(long watermarkMs) throws Exception {
    store(Long.MIN_VALUE);
    forecast.barrier(watermarkMs, tickMs());
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
      if (!blocks.isEmpty() && layout.lastMs(cell.getKey()) > watermarkMs) {
        store.append(cell.getKey(), PackedBlocks.pack(blocks));
        memory.addBlocks(-bytes(blocks));
        // The empty list stays: it says that the cell is not new.
        cell.setValue(new ArrayList<>());
      }
    }
  }

  private static long bytes(List<Block> blocks) {
    return blocks.stream().mapToLong(block -> block.bytes.length).sum();
  }

  /** Takes the blocks of the cell that wait here. */
  List<Block> takeWaiting(long cell) {
    List<Block> blocks = waiting.remove(cell);
    if (blocks == null) {
      return Collections.emptyList();
    }
    memory.addBlocks(-bytes(blocks));
    return blocks;
  }
}
