package io.callweave.nativelib;

/**
 * A kernel over the cells of keyed state: it is given all blocks of a cell, fired, and drained. It
 * keeps nothing from one cell to the next.
 *
 * <p>For one thread; {@link #nanos}, {@link #memoryBytes} and {@link #close} for any.
 */
public final class CellKernel implements AutoCloseable {
  private final NativeHandle handle;
  private final boolean givesBlocks;

  private CellKernel(long id, boolean givesBlocks) {
    this.handle = new NativeHandle(id);
    this.givesBlocks = givesBlocks;
  }

  /**
   * Opens the kernel that finds the parents and children of the calls of a cell.
   *
   * @param idGroups number of cells that the found halves of a bucket are spread over
   * @param maxLinks ids in one list at most
   */
  public static CellKernel openLink(long bucketMs, int idGroups, int maxLinks) {
    NativeLibrary.load();
    return new CellKernel(NativeKernels.openLink(bucketMs, idGroups, maxLinks), true);
  }

  /** Opens the kernel that joins the halves of calls and writes them as JSON. */
  public static CellKernel openAssemble(int maxLinks) {
    NativeLibrary.load();
    return new CellKernel(NativeKernels.openAssemble(maxLinks), false);
  }

  /**
   * Takes in one block of the cell, in order of arrival.
   *
   * @throws KernelException if it is not a block of the kind that this kernel reads
   */
  public void push(byte[] block) {
    handle.call(open -> NativeKernels.push(open, block));
  }

  /**
   * Works the pushed blocks as the cell of this time bucket. The result is then drained.
   *
   * @throws KernelException if the blocks are not of one cell; nothing of it remains
   */
  public void fire(long bucket) {
    handle.call(open -> NativeKernels.fire(open, bucket));
  }

  /** Hands on the blocks that a Link kernel found; if the consumer throws, the rest is lost. */
  public void drain(BlockConsumer consumer) throws Exception {
    expect(givesBlocks, "blocks");
    handle.drainBlocks(consumer);
  }

  /**
   * Hands on the records that an Assemble kernel wrote; if the consumer throws, the rest is lost.
   */
  public void drain(RecordConsumer consumer) throws Exception {
    expect(!givesBlocks, "records");
    handle.drainRecords(consumer);
  }

  private static void expect(boolean gives, String what) {
    if (!gives) {
      throw new IllegalStateException("The kernel does not give " + what);
    }
  }

  /** What was done since the last call of this method. */
  public KernelCounts takeCounts() {
    return handle.takeCounts();
  }

  /** Time spent in the kernel since it was opened, ns. */
  public long nanos() {
    return handle.nanos();
  }

  /** Off-heap bytes held, 0 once closed. Waits for what the kernel is doing. */
  public long memoryBytes() {
    return handle.memoryBytes();
  }

  /** Closes the kernel, the first time it is called. */
  @Override
  public void close() {
    handle.close();
  }
}
