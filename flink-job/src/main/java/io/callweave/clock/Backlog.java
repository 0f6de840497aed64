package io.callweave.clock;

import java.util.Map;

/**
 * What the broker says of the partitions that one subtask reads. Asked from the subtask's thread,
 * answered by another.
 */
public interface Backlog extends AutoCloseable {
  /** Stands for the place where reading begins, before a partition's first record. */
  long FROM_START = -1;

  /** Whether the subtask reads this partition. */
  boolean isOwn(int partition);

  /** Says that the subtask has come to an offset: the last one that it was given, plus one. */
  void reached(int partition, long offset);

  /** The latest answer; null before the first one. Does not wait. */
  Answer latest();

  @Override
  void close();

  /** An answer of the broker. */
  final class Answer {
    private final long askedAtMs;
    private final Map<Integer, Long> reached;
    private final Map<Integer, Boolean> read;

    /**
     * An answer.
     *
     * @param askedAtMs when the broker was asked, wall clock
     * @param reached per partition of the subtask, where it was when the broker was asked
     * @param read per partition of the subtask, whether nothing behind that place was unread
     */
    public Answer(long askedAtMs, Map<Integer, Long> reached, Map<Integer, Boolean> read) {
      this.askedAtMs = askedAtMs;
      this.reached = reached;
      this.read = read;
    }

    /** When the broker was asked, ms of the wall clock. */
    public long askedAtMs() {
      return askedAtMs;
    }

    /** The partitions that the subtask reads. */
    public Iterable<Integer> partitions() {
      return reached.keySet();
    }

    /** Whether nothing was unread in a partition by a subtask that has reached this offset. */
    public boolean nothingUnread(int partition, long offset) {
      return Boolean.TRUE.equals(read.get(partition)) && reached.get(partition) == offset;
    }
  }
}
