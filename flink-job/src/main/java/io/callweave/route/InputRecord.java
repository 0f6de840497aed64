package io.callweave.route;

/** A record of the input as it was read. A Flink POJO. */
public class InputRecord {
  /** The split of the input that it was read from; a partition of a topic. */
  public int split;

  /** Its position in the split, which grows; an offset of a partition. */
  public long position;

  /** The value, byte for byte; null where the record has none. */
  public byte[] value;

  /** For Flink. */
  public InputRecord() {}

  public InputRecord(int split, long position, byte[] value) {
    this.split = split;
    this.position = position;
    this.value = value;
  }
}
