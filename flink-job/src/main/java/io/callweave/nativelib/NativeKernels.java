package io.callweave.nativelib;

import java.nio.ByteBuffer;

/**
 * The native methods: the whole border between Java and the kernels.
 *
 * <p>{@link NativeLibrary#load} must have returned before one is called. That is not left to a
 * static initialiser here, because a failure there would be reported once and be a bare {@link
 * NoClassDefFoundError} from then on.
 *
 * <p>A handle stands for one open kernel. A closed or unknown one is an {@link
 * IllegalStateException}, one of the wrong kind an {@link IllegalArgumentException}, and so is a
 * setting or an argument that no kernel could work with. Input that a kernel refuses, and a failure
 * inside it, is a {@link KernelException}. Two threads on one handle wait for each other.
 *
 * <p>Buffers are direct and writable, used from 0 whatever their position, and belong to the kernel
 * until the method returns. Integers in them are little-endian.
 */
final class NativeKernels {
  private NativeKernels() {}

  /** Version of the border that the library was built for. */
  static native int abiVersion();

  /** The methods that the library has, one a line: name and JVM signature. */
  static native String methodTable();

  /**
   * Opens a kernel.
   *
   * @param kind its name in the library
   * @param settings a JSON object with the fields of its configuration, in UTF-8
   */
  static native long open(String kind, byte[] settings);

  /**
   * Has a batch of records judged by a Route kernel, which keeps the valid ones.
   *
   * @param batch frames of {@code partition: int, length: int, value}, with length -1 for null
   * @param length bytes of the batch
   * @param verdict gets {@code partitions: int}, that many {@code partition: int, highest valid
   *     start: long}, {@code rejects: int}, that many {@code index in the batch: int, reason: byte,
   *     length: int, detail (UTF-8)}
   * @return bytes of the verdict; one that does not fit is a {@link KernelException}, after which
   *     the kernel is of no use any more
   */
  static native int pushBatch(
      long handle, ByteBuffer batch, int length, long watermarkMs, long nowMs, ByteBuffer verdict);

  /** Closes the blocks of all cells that this watermark fires, to be pulled. */
  static native void flush(long handle, long watermarkMs);

  /** Gives a kernel one block of the bucket that is fired next. Copies it. */
  static native void push(long handle, byte[] block);

  /** Works the pushed blocks as those of this time bucket, to be pulled, and forgets them. */
  static native void fire(long handle, long bucket);

  /**
   * Fills a buffer with whole frames: {@code cell: long, calls: int, length: int, block} of Route
   * and Link, {@code key length: int, value length: int, key, value} of Assemble.
   *
   * @return the bytes filled, 0 when nothing is left, or minus the capacity that the next frame
   *     needs
   */
  static native int pull(long handle, ByteBuffer out);

  /**
   * Has a kernel that keeps state take up what was saved of a key, nothing for a new one. Comes
   * before the first block of a bucket.
   */
  static native void load(long handle, byte[] state);

  /** What has to be kept of the key that was loaded and fired. */
  static native byte[] save(long handle);

  /** The names of what the kernel counts, one a line. */
  static native String counterNames(long handle);

  /** Gives what was counted since the last call, into an array with a place for each name. */
  static native void takeCounts(long handle, long[] counts);

  /** Bytes of native memory that a kernel holds. Waits for what it is doing. */
  static native long memoryBytes(long handle);

  /** Closes a handle, which is never given out again. */
  static native void close(long handle);
}
