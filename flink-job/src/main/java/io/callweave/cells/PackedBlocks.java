package io.callweave.cells;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Blocks of one cell packed into one value of its state, as {@code calls: i32, length: i32, block}
 * one after the other. What a block holds, and whether it is sound, is the kernels' business.
 */
final class PackedBlocks {
  private static final int HEADER_BYTES = 8;

  private PackedBlocks() {}

  static byte[] pack(List<Block> blocks) {
    int bytes = 0;
    for (Block block : blocks) {
      bytes = Math.addExact(bytes, HEADER_BYTES + block.bytes.length);
    }
    ByteBuffer packed = ByteBuffer.allocate(bytes);
    for (Block block : blocks) {
      packed.putInt(block.calls).putInt(block.bytes.length).put(block.bytes);
    }
    return packed.array();
  }

  /** Takes the blocks of a packed value one by one. */
  interface Consumer {
    void accept(int calls, byte[] block);
  }

  static void unpack(byte[] packed, Consumer consumer) {
    ByteBuffer rest = ByteBuffer.wrap(packed);
    while (rest.hasRemaining()) {
      int calls = rest.getInt();
      byte[] block = new byte[rest.getInt()];
      rest.get(block);
      consumer.accept(calls, block);
    }
  }
}
