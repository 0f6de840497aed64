package io.callweave.route;

/** A record of the input topic as it was read. A Flink POJO. */
public class InputRecord {
  /** Partition of the input topic. */
  public int partition;

  /** Offset in the partition. */
  public long offset;

  /** The value, byte for byte; null where the record has none. */
  public byte[] value;

  /** For Flink. */
  public InputRecord() {}

  public InputRecord(int partition, long offset, byte[] value) {
    this.partition = partition;
    this.offset = offset;
    this.value = value;
  }
}
