package io.callweave.nativelib;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A little-endian direct buffer that grows, up to 1 GiB. It has no position: all access is by
 * offset.
 *
 * <p>Many small copies from or to it cost several times one large one: bytes go through an array.
 */
final class DirectBuffer {
  static final int LIMIT_BYTES = 1 << 30;

  private final String name;
  // Written by one thread, asked for its capacity by those of the metrics.
  private volatile ByteBuffer bytes;

  DirectBuffer(String name, int capacity) {
    this.name = name;
    this.bytes = allocate(capacity);
  }

  /** The buffer to hand to a native method, until it next grows. */
  ByteBuffer bytes() {
    return bytes;
  }

  int capacity() {
    return bytes.capacity();
  }

  /**
   * Makes the buffer one of at least {@code needed} bytes, twice its size at least where it is
   * smaller. What is in it is then lost.
   *
   * @throws KernelException if that is beyond the limit
   */
  void reserve(long needed) {
    int capacity = bytes.capacity();
    if (needed <= capacity) {
      return;
    }
    if (needed > LIMIT_BYTES) {
      throw new KernelException(
          String.format("%s needs %d bytes, %d are allowed", name, needed, LIMIT_BYTES));
    }
    bytes = allocate((int) Math.min(LIMIT_BYTES, Math.max(needed, 2L * capacity)));
  }

  /**
   * Checks that a part of the first {@code end} bytes is inside them.
   *
   * @throws KernelException if it is not: whoever wrote them broke the layout
   */
  void require(int length, int at, int end) {
    if (length < 0 || length > end - at) {
      throw new KernelException(
          String.format(
              "%s breaks off: %d bytes are announced at %d, it ends at %d", name, length, at, end));
    }
  }

  int getByte(int at) {
    return bytes.get(at);
  }

  int getInt(int at) {
    return bytes.getInt(at);
  }

  long getLong(int at) {
    return bytes.getLong(at);
  }

  /** A copy of some bytes, which the caller has found to be inside the buffer. */
  byte[] copy(int at, int length) {
    byte[] copy = new byte[length];
    ByteBuffer from = bytes;
    seek(from, at);
    from.get(copy);
    return copy;
  }

  /** Copies the first {@code length} bytes to the beginning of an array. */
  void read(byte[] to, int length) {
    ByteBuffer from = bytes;
    seek(from, 0);
    from.get(to, 0, length);
  }

  /** Copies the first {@code length} bytes of an array to the beginning of the buffer. */
  void write(byte[] from, int length) {
    ByteBuffer to = bytes;
    seek(to, 0);
    to.put(from, 0, length);
  }

  /** Lets go of the memory. */
  void release() {
    bytes = allocate(0);
  }

  private static ByteBuffer allocate(int capacity) {
    return ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
  }

  // As a Buffer: from Java 9 on a ByteBuffer has methods of its own for this, and a class that is
  // compiled against those does not run on Java 8.
  private static Buffer seek(Buffer buffer, int at) {
    return buffer.clear().position(at);
  }
}
