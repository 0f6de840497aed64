package io.callweave.stage;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the stages of one slot of a TaskManager hold together, beside what Flink gives
 * them: blocks that wait, and what the kernels hold off the heap. Each stage has a {@link Share} of
 * it; when all of them hold more than the budget, those that hold most write their blocks to the
 * state.
 *
 * <p>Stages of a slot run in threads of their own.
 */
final class SlotMemory {
  private static final Map<String, SlotMemory> SLOTS = new HashMap<>();

  private final AtomicLong bytes = new AtomicLong();
  private volatile int shares;

  private SlotMemory() {}

  /**
   * A share for one more stage.
   *
   * @param slot what Flink knows the slot by
   * @param budgetBytes what all stages of the slot may hold
   */
  static Share join(String slot, long budgetBytes) {
    synchronized (SLOTS) {
      SlotMemory memory = SLOTS.computeIfAbsent(slot, unused -> new SlotMemory());
      memory.shares++;
      return memory.new Share(slot, budgetBytes);
    }
  }

  /** What one stage holds. For its thread. */
  final class Share implements AutoCloseable {
    private final String slot;
    private final long budgetBytes;
    private long blockBytes;
    private long nativeBytes;
    private boolean isClosed;

    private Share(String slot, long budgetBytes) {
      this.slot = slot;
      this.budgetBytes = budgetBytes;
    }

    /** Notes that so many more bytes of blocks wait, or fewer. */
    void addBlocks(long moreBytes) {
      blockBytes += moreBytes;
      bytes.addAndGet(moreBytes);
    }

    /** Notes what the kernel holds now. */
    void setNative(long nowBytes) {
      bytes.addAndGet(nowBytes - nativeBytes);
      nativeBytes = nowBytes;
    }

    /** Bytes of blocks that wait. */
    long blockBytes() {
      return blockBytes;
    }

    /**
     * Whether the blocks of this stage have to go to the state: all stages together hold too much,
     * and this one no less than most. So none can hold much while others write theirs all the time.
     */
    boolean isTooMuch() {
      long all = bytes.get();
      return all > budgetBytes && blockBytes > 0 && (blockBytes + nativeBytes) * shares >= all;
    }

    /** Gives all back. */
    @Override
    public void close() {
      if (isClosed) {
        return;
      }
      isClosed = true;
      bytes.addAndGet(-blockBytes - nativeBytes);
      synchronized (SLOTS) {
        shares--;
        if (shares == 0) {
          SLOTS.remove(slot);
        }
      }
    }
  }
}
