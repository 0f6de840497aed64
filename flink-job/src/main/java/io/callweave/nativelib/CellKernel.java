package io.callweave.nativelib;

/**
 * A kernel that is given all blocks of a bucket, fired, and drained. It keeps nothing from one
 * bucket to the next. For one thread.
 */
public interface CellKernel extends Kernel {
  /**
   * Takes in one block, in order of arrival.
   *
   * @throws KernelException if it is not a block of the kind that this kernel reads
   */
  void push(byte[] block);

  /**
   * Works the pushed blocks as those of this time bucket. The result is then drained.
   *
   * @throws KernelException if the blocks are not of one bucket; nothing of it remains
   */
  void fire(long bucket);

  /** Hands on the blocks that the kernel gives; if the consumer throws, the rest is lost. */
  void drain(BlockConsumer consumer) throws Exception;

  /** Hands on the records that the kernel gives; if the consumer throws, the rest is lost. */
  void drain(RecordConsumer consumer) throws Exception;
}
