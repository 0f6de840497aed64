package io.callweave.stage;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Blocks of one cell packed into one value of its state: a version byte, then {@code calls: i32,
 * length: i32, block} one after the other. What a block holds, and whether it is sound, is the
 * kernels' business.
 */
final class PackedBlocks {
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 8;

  private PackedBlocks() {}

  static byte[] pack(List<Block> blocks) {
    int bytes = 1;
    for (Block block : blocks) {
      bytes = Math.addExact(bytes, HEADER_BYTES + block.bytes.length);
    }
    ByteBuffer packed = ByteBuffer.allocate(bytes).put(VERSION);
    for (Block block : blocks) {
      packed.putInt(block.calls).putInt(block.bytes.length).put(block.bytes);
    }
    return packed.array();
  }

  /** Takes the blocks of a packed value one by one. */
  interface Consumer {
    void accept(int calls, byte[] block);
  }

  /**
   * Hands on the blocks of a packed value.
   *
   * @throws IllegalStateException if it is of a version that is not known, or cut
   */
  static void unpack(byte[] packed, Consumer consumer) {
    ByteBuffer rest = ByteBuffer.wrap(packed);
    if (packed.length == 0 || rest.get() != VERSION) {
      throw new IllegalStateException(
          String.format(
              "the state holds packed blocks of version %s; this build reads version %d: use the"
                  + " release that wrote it, or a later one",
              packed.length == 0 ? "none" : Byte.toString(packed[0]), VERSION));
    }
    while (rest.hasRemaining()) {
      check(rest.remaining() >= HEADER_BYTES, packed);
      int calls = rest.getInt();
      int length = rest.getInt();
      check(0 <= length && length <= rest.remaining(), packed);
      byte[] block = new byte[length];
      rest.get(block);
      consumer.accept(calls, block);
    }
  }

  private static void check(boolean whole, byte[] packed) {
    if (!whole) {
      throw new IllegalStateException(
          String.format("%d bytes of packed blocks in the state are cut", packed.length));
    }
  }
}
