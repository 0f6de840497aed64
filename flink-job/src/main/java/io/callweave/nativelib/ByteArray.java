package io.callweave.nativelib;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** An array of bytes that holds little-endian integers, too. For one thread. */
final class ByteArray {
  private byte[] bytes;
  // What reads and writes integers in the array.
  private ByteBuffer integers;

  ByteArray(int capacity) {
    set(new byte[capacity]);
  }

  private void set(byte[] array) {
    bytes = array;
    integers = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
  }

  byte[] bytes() {
    return bytes;
  }

  /** Makes the array one of at least so many bytes, and keeps what is in it. */
  void reserve(int capacity) {
    if (bytes.length < capacity) {
      set(Arrays.copyOf(bytes, capacity));
    }
  }

  int getInt(int at) {
    return integers.getInt(at);
  }

  long getLong(int at) {
    return integers.getLong(at);
  }

  void putInt(int at, int value) {
    integers.putInt(at, value);
  }

  void put(int at, byte[] value) {
    System.arraycopy(value, 0, bytes, at, value.length);
  }

  byte[] copy(int at, int length) {
    return Arrays.copyOfRange(bytes, at, at + length);
  }
}
