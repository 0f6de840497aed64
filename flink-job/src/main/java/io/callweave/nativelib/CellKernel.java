package io.callweave.nativelib;

import java.util.List;

/**
 * A kernel over the cells of keyed state: it is given all blocks of a cell, fired, and drained. It
 * keeps nothing from one cell to the next.
 *
 * <p>For one thread; {@link #nanos}, {@link #memoryBytes} and {@link #close} for any.
 */
public final class CellKernel implements Kernel {
  /** What comes out of a kernel. */
  public enum Output {
    BLOCKS,
    RECORDS
  }

  private final NativeHandle handle;
  private final Output output;

  private CellKernel(NativeHandle handle, Output output) {
    this.handle = handle;
    this.output = output;
  }

  /**
   * Opens a kernel.
   *
   * @param kind its name in the library
   */
  public static CellKernel open(String kind, KernelSettings settings, Output output) {
    return new CellKernel(NativeHandle.open(kind, settings), output);
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

  /** Hands on the blocks that the kernel gives; if the consumer throws, the rest is lost. */
  public void drain(BlockConsumer consumer) throws Exception {
    expect(Output.BLOCKS);
    handle.drainBlocks(consumer);
  }

  /** Hands on the records that the kernel gives; if the consumer throws, the rest is lost. */
  public void drain(RecordConsumer consumer) throws Exception {
    expect(Output.RECORDS);
    handle.drainRecords(consumer);
  }

  private void expect(Output wanted) {
    if (output != wanted) {
      throw new IllegalStateException("The kernel gives " + output + ", not " + wanted);
    }
  }

  @Override
  public List<String> counterNames() {
    return handle.counterNames();
  }

  @Override
  public long[] takeCounts() {
    return handle.takeCounts();
  }

  @Override
  public long nanos() {
    return handle.nanos();
  }

  @Override
  public long memoryBytes() {
    return handle.memoryBytes();
  }

  @Override
  public void close() {
    handle.close();
  }
}
