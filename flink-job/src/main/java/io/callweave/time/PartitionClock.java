package io.callweave.time;

/**
 * What is known of the time of one partition: how far it was read, how far its calls have come, and
 * how far it is known to hold nothing that is unread.
 *
 * <p>Records may come faster than the broker is asked, so a partition counts as caught up when the
 * subtask comes to the end that the broker named, be it a while after it was asked: from then on it
 * is known that the partition was read whole when the broker was asked. While the subtask is on its
 * way to a later end this stays so for {@link RouteClock#FRESH_MS}, provided that it reads on.
 */
final class PartitionClock {
  private static final long NEVER = Long.MIN_VALUE;

  private final int number;
  private long nextOffset = Backlog.FROM_START;
  private long highestStartMs = RouteClock.BEFORE_ALL_MS;
  private long lastCallAtMs = NEVER;
  private long lastRecordAtMs = NEVER;

  /** When it was caught up first since the broker has answered without a break. */
  private long caughtUpSinceMs = NEVER;

  /** The last moment for which it is known that nothing was unread. */
  private long caughtUpAtMs = NEVER;

  /** The highest start of all partitions then. */
  private long caughtUpStartMs = RouteClock.BEFORE_ALL_MS;

  /** The end that the subtask is on its way to, when it was asked for, and from where. */
  private long awaitedEnd;

  private long awaitedAskedAtMs = NEVER;
  private long awaitedFrom;

  /** The highest start of all partitions when that end was asked for. */
  private long awaitedStartMs;

  /** When the broker was asked what was heard last. */
  private long heardAskedAtMs = NEVER;

  PartitionClock(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** The offset behind the last record that was read. */
  long nextOffset() {
    return nextOffset;
  }

  /** The highest start of a valid call, {@link RouteClock#BEFORE_ALL_MS} before the first. */
  long highestStartMs() {
    return highestStartMs;
  }

  void restore(long restoredNextOffset, long restoredHighestStartMs) {
    nextOffset = restoredNextOffset;
    highestStartMs = restoredHighestStartMs;
  }

  /** A record was read at this moment of {@link Ticks}, whatever became of it. */
  void read(long offset, long tickMs) {
    if (offset < nextOffset) {
      // The topic was made anew: what the broker said is of the old one.
      forgetBroker();
    }
    nextOffset = offset + 1;
    lastRecordAtMs = tickMs;
    if (awaitedAskedAtMs != NEVER && nextOffset >= awaitedEnd) {
      caughtUp(awaitedAskedAtMs, tickMs, awaitedStartMs);
    }
  }

  /** A valid call starts then, and was read at this moment of {@link Ticks}. */
  void saw(long startMs, long tickMs) {
    highestStartMs = Math.max(highestStartMs, startMs);
    lastCallAtMs = tickMs;
  }

  /**
   * Takes in a fresh answer of the broker.
   *
   * @param startMs the highest start of all partitions before the broker was asked
   */
  void hear(Backlog.Answer answer, long startMs) {
    if (answer.askedAtMs() == heardAskedAtMs) {
      return;
    }
    heardAskedAtMs = answer.askedAtMs();
    if (answer.nothingUnread(number, nextOffset)) {
      caughtUp(answer.askedAtMs(), answer.askedAtMs(), startMs);
    } else if (awaitedAskedAtMs == NEVER) {
      awaitedEnd = answer.endOf(number);
      awaitedAskedAtMs = answer.askedAtMs();
      awaitedFrom = nextOffset;
      awaitedStartMs = startMs;
    }
  }

  /** The broker has not answered for a while: what it said before no longer counts. */
  void forgetBroker() {
    caughtUpSinceMs = NEVER;
    caughtUpAtMs = NEVER;
    awaitedAskedAtMs = NEVER;
    heardAskedAtMs = NEVER;
  }

  /** All that was there when the broker was asked has been read, and this is known since then. */
  private void caughtUp(long askedAtMs, long knownSinceMs, long startMs) {
    // Nothing was known for a longer while: the subtask stood still, as behind a blocked sink, and
    // so did what writes to the partition if the broker was away.
    if (caughtUpSinceMs == NEVER || askedAtMs - caughtUpAtMs > RouteClock.FRESH_MS) {
      caughtUpSinceMs = knownSinceMs;
    }
    caughtUpAtMs = askedAtMs;
    caughtUpStartMs = startMs;
    awaitedAskedAtMs = NEVER;
  }

  /**
   * The highest start of all partitions at the last moment for which it is known that nothing was
   * unread in this one: what it may hold now was written later than that.
   */
  long caughtUpStartMs() {
    return caughtUpStartMs;
  }

  /** Whether nothing was unread a moment ago, and what came since is being read. */
  boolean isCaughtUp(long tickMs) {
    boolean readsOn = awaitedAskedAtMs == NEVER || nextOffset > awaitedFrom;
    return caughtUpAtMs != NEVER && tickMs - caughtUpAtMs <= RouteClock.FRESH_MS && readsOn;
  }

  /** The moment up to which it is known what the partition has brought. */
  private long knownUntilMs(long tickMs) {
    return awaitedAskedAtMs == NEVER ? tickMs : caughtUpAtMs;
  }

  /** How long it has been caught up without a valid call, negative if it is not. */
  long silentForMs(long tickMs) {
    return isCaughtUp(tickMs)
        ? knownUntilMs(tickMs) - Math.max(caughtUpSinceMs, lastCallAtMs)
        : RouteClock.NOT_SILENT;
  }

  /** How long it has been caught up again and again, negative if it is not. */
  long caughtUpForMs(long tickMs) {
    return isCaughtUp(tickMs) ? knownUntilMs(tickMs) - caughtUpSinceMs : RouteClock.NOT_SILENT;
  }

  /** Whether it has brought records since its last valid call. */
  boolean bringsRejectsOnly() {
    return lastRecordAtMs > lastCallAtMs;
  }
}
