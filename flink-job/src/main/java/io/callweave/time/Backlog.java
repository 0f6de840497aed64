package io.callweave.time;

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
    /** The end of a partition that the subtask cannot reach from where it is. */
    public static final long OUT_OF_REACH = Long.MAX_VALUE;

    private final long askedAtMs;
    private final Map<Integer, Long> ends;

    /**
     * An answer.
     *
     * @param askedAtMs when the broker was asked, by {@link Ticks}
     * @param ends per partition of the subtask, the offset that it has come to once nothing of what
     *     was there when the broker was asked is unread
     */
    public Answer(long askedAtMs, Map<Integer, Long> ends) {
      this.askedAtMs = askedAtMs;
      this.ends = ends;
    }

    /** When the broker was asked, ms of {@link Ticks}. */
    public long askedAtMs() {
      return askedAtMs;
    }

    /** The partitions that the subtask reads. */
    public Iterable<Integer> partitions() {
      return ends.keySet();
    }

    /** Where the partition ended; {@link #OUT_OF_REACH} if the broker said nothing of it. */
    public long endOf(int partition) {
      return ends.getOrDefault(partition, OUT_OF_REACH);
    }

    /** Whether a subtask that has come to this offset has read all that was there. */
    public boolean nothingUnread(int partition, long offset) {
      return offset >= endOf(partition);
    }
  }
}
