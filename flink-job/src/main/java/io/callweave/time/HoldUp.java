package io.callweave.time;

/**
 * The partition that holds event time back: the one that is furthest behind what any partition has
 * reached, if that is further than a partition in time ever is.
 */
public final class HoldUp {
  /** Stands for no partition. */
  public static final int NONE = -1;

  private int partition = NONE;
  private long startMs;
  private long behindMs;
  private long sinceMs;

  /**
   * Takes in which partition is last of those that hold the watermark.
   *
   * @param last the partition, null if none holds the watermark
   * @param frontMs the start that partitions in time are near to
   * @param nearMs how far behind that a partition in time may be
   */
  void by(PartitionClock last, long frontMs, long nearMs, long tickMs) {
    if (last == null || frontMs == RouteClock.BEFORE_ALL_MS || !isBehind(last, frontMs, nearMs)) {
      partition = NONE;
      return;
    }
    if (partition != last.number()) {
      partition = last.number();
      sinceMs = tickMs;
    }
    startMs = last.highestStartMs();
    behindMs = startMs == RouteClock.BEFORE_ALL_MS ? 0 : frontMs - startMs;
  }

  private static boolean isBehind(PartitionClock last, long frontMs, long nearMs) {
    long highestMs = last.highestStartMs();
    return highestMs == RouteClock.BEFORE_ALL_MS || frontMs - highestMs > nearMs;
  }

  /** The partition's number, {@link #NONE} if time is not held back. */
  public int partition() {
    return partition;
  }

  /** Its highest start, {@link RouteClock#BEFORE_ALL_MS} if it has brought no call yet. */
  public long startMs() {
    return startMs;
  }

  /** How far it is behind what any partition has reached, ms; 0 if it has brought no call yet. */
  public long behindMs() {
    return partition == NONE ? 0 : behindMs;
  }

  /** For how long it has held time back, ms. */
  public long forMs(long tickMs) {
    return partition == NONE ? 0 : tickMs - sinceMs;
  }
}
