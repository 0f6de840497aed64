package io.callweave.nativelib;

import java.util.List;

/**
 * A kernel of the library that takes blocks.
 *
 * <p>For one thread; {@link #nanos}, {@link #memoryBytes} and {@link #close} for any.
 */
public final class NativeCellKernel implements KeyedKernel {
  /** What comes out of a kernel. */
  public enum Output {
    BLOCKS,
    RECORDS
  }

  private final NativeHandle handle;
  private final Output output;

  private NativeCellKernel(NativeHandle handle, Output output) {
    this.handle = handle;
    this.output = output;
  }

  /**
   * Opens a kernel.
   *
   * @param kind its name in the library
   */
  public static NativeCellKernel open(String kind, KernelSettings settings, Output output) {
    return new NativeCellKernel(NativeHandle.open(kind, settings), output);
  }

  @Override
  public void load(byte[] state) {
    handle.call(open -> NativeKernels.load(open, state));
  }

  @Override
  public void push(byte[] block) {
    handle.call(open -> NativeKernels.push(open, block));
  }

  @Override
  public void fire(long bucket) {
    handle.call(open -> NativeKernels.fire(open, bucket));
  }

  @Override
  public byte[] save() {
    return NativeKernels.save(handle.openId());
  }

  @Override
  public void drain(BlockConsumer consumer) throws Exception {
    expect(Output.BLOCKS);
    handle.drainBlocks(consumer);
  }

  @Override
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
