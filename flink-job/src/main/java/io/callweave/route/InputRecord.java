package io.callweave.route;

/**
 * A record of the input as it was read, or a mark between records that says what becomes of a
 * split. A Flink POJO.
 */
public class InputRecord {
  /** A record. */
  public static final byte RECORD = 0;

  /** From here on a split holds event time back, until it has brought a call, and then by it. */
  public static final byte SPLIT_BEGINS = 1;

  /** Nothing more comes of a split, which no longer holds event time back. */
  public static final byte SPLIT_ENDS = 2;

  /** All splits that the subtask has at first have begun: until then it promises no time. */
  public static final byte SPLITS_KNOWN = 3;

  /** What it is. */
  public byte mark;

  /** The split of the input that it was read from; a partition of a topic, a file. */
  public int split;

  /** Its position in the split, which grows; an offset of a partition, a number of a record. */
  public long position;

  /** The value, byte for byte; null where the record has none. */
  public byte[] value;

  /** The file or the queue that it was read from; null where the number of the split says it. */
  public String source;

  /** For Flink. */
  public InputRecord() {}

  public InputRecord(int split, long position, byte[] value) {
    this.split = split;
    this.position = position;
    this.value = value;
  }

  /** A record whose split is not told by its number alone. */
  public static InputRecord from(String source, int split, long position, byte[] value) {
    InputRecord record = new InputRecord(split, position, value);
    record.source = source;
    return record;
  }

  /** A mark; of a split, or of all. */
  public static InputRecord mark(byte mark, int split) {
    InputRecord record = new InputRecord(split, 0, null);
    record.mark = mark;
    return record;
  }
}
