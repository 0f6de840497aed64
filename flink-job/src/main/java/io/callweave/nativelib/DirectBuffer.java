package io.callweave.nativelib;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A little-endian direct buffer that grows, up to 1 GiB. It has no position: all access is by
 * offset.
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
   * Grows the buffer to at least {@code needed} bytes, to twice its size at least, and keeps its
   * first {@code kept} bytes.
   *
   * @throws KernelException if that is beyond the limit
   */
  void reserve(long needed, int kept) {
    ByteBuffer old = bytes;
    if (needed <= old.capacity()) {
      return;
    }
    if (needed > LIMIT_BYTES) {
      throw new KernelException(
          String.format("%s needs %d bytes, %d are allowed", name, needed, LIMIT_BYTES));
    }
    ByteBuffer grown = allocate((int) Math.min(LIMIT_BYTES, Math.max(needed, 2L * old.capacity())));
    seek(old, 0).limit(kept);
    grown.put(old);
    bytes = grown;
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

  void putInt(int at, int value) {
    bytes.putInt(at, value);
  }

  void put(int at, byte[] value) {
    ByteBuffer to = bytes;
    seek(to, at);
    to.put(value);
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
