package io.callweave.stage;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/** A block of calls on its way to the cell that it belongs to. A Flink POJO. */
public class Block {
  /** The cell: bucket times number of groups plus group. */
  public long cell;

  /** Calls in the block in their role as a child: each call is one of them at each hop. */
  public int calls;

  /** The block, which only the kernels read. */
  public byte[] bytes;

  /** For Flink. */
  public Block() {}

  public Block(long cell, int calls, byte[] bytes) {
    this.cell = cell;
    this.calls = calls;
    this.bytes = bytes;
  }

  /** How Flink serializes blocks. */
  public static TypeInformation<Block> type() {
    return Types.POJO(Block.class);
  }
}
