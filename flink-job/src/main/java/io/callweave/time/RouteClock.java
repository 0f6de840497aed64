package io.callweave.time;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/**
 * The clock of one subtask of Route: which watermark it may promise.
 *
 * <p>A partition's watermark is its highest valid start minus the allowed disorder. The subtask's
 * is the least over its partitions, but for those that do not move time: the <em>silent</em>, which
 * have been caught up without a valid call for a while, and the <em>stale</em>, which are caught up
 * again and again and yet far behind what other partitions have reached. If all of them are, it
 * goes with the other subtasks; if the whole topic is silent, it goes on from the highest start of
 * all with the wall clock, until nothing waits any more. It never falls.
 *
 * <p>A partition is caught up only as long as the broker says so, and not long ago: a backlog, an
 * outage or back pressure is no silence. Of what was written since the broker was asked its answer
 * says nothing, so past a partition that is left out the watermark goes no further than it could
 * have gone then: when all have been silent and minutes are written to all of them at once, what is
 * read first does not make the rest late. A decision from what it is given: no threads, no I/O, no
 * clock. Moments are those of {@link Ticks} where they are not of event time or the wall clock.
 */
public final class RouteClock {
  /** Before the first call. */
  public static final long BEFORE_ALL_MS = Long.MIN_VALUE;

  /** What was known longer ago says nothing about now. */
  public static final long FRESH_MS = 5_000;

  static final long NOT_SILENT = -1;
  private static final long NEVER = Long.MIN_VALUE;
  private static final long ALWAYS_SILENT_MS = Long.MAX_VALUE / 4;

  private final ClockSettings settings;
  private final Map<Integer, PartitionClock> partitions = new TreeMap<>();
  private final HoldUp holdUp = new HoldUp();
  private final StartHistory history = new StartHistory();
  private long watermarkMs;
  private boolean assigned;

  /** Whether the input says itself when splits begin and end; a broker is asked otherwise. */
  private boolean marked;

  private int lastSplit = HoldUp.NONE;

  /** The highest start in splits that have ended, and when the last of them did. */
  private long endedHighestMs = BEFORE_ALL_MS;

  private long endedAtMs = NEVER;

  /** The start that partitions in time are near to: the highest of all, but none of the future. */
  private long frontMs = BEFORE_ALL_MS;

  /**
   * A clock.
   *
   * @param watermarkMs that was promised before, {@link #BEFORE_ALL_MS} if none was
   */
  public RouteClock(ClockSettings settings, long watermarkMs) {
    this.settings = settings;
    this.watermarkMs = watermarkMs;
  }

  /** Takes over a partition of an earlier run. */
  public void restore(int partition, long nextOffset, long highestStartMs) {
    partition(partition).restore(nextOffset, highestStartMs);
  }

  /** A record was given to the subtask at the moment {@code tickMs}, whatever became of it. */
  public void read(int partition, long offset, long tickMs) {
    partition(partition).read(offset, tickMs);
  }

  /** A valid call starts then; it was given to the subtask at the moment {@code tickMs}. */
  public void saw(int partition, long startMs, long tickMs) {
    partition(partition).saw(startMs, tickMs);
  }

  private PartitionClock partition(int partition) {
    return partitions.computeIfAbsent(partition, PartitionClock::new);
  }

  /** A split holds time back from now on, be it that no call of it is known. */
  public void begin(int split) {
    marked = true;
    partition(split);
  }

  /** Nothing more comes of a split: it holds nothing back, and the silence of all begins. */
  public void end(int split, long tickMs) {
    PartitionClock ended = partitions.remove(split);
    if (ended != null) {
      endedHighestMs = Math.max(endedHighestMs, ended.highestStartMs());
      endedAtMs = tickMs;
    }
  }

  /** All splits that the subtask has at first have begun. */
  public void splitsKnown() {
    marked = true;
    assigned = true;
  }

  /** Takes in what the broker says; null if it has not answered yet. */
  public void hear(Backlog.Answer answer, long tickMs) {
    if (answer != null) {
      assigned = true;
      answer.partitions().forEach(this::partition);
    }
    boolean fresh = answer != null && tickMs - answer.askedAtMs() <= FRESH_MS;
    long startMs = fresh ? history.before(answer.askedAtMs()) : BEFORE_ALL_MS;
    for (PartitionClock partition : partitions.values()) {
      if (fresh) {
        partition.hear(answer, startMs);
      } else {
        partition.forgetBroker();
      }
    }
  }

  /**
   * Moves the watermark as far as may be promised.
   *
   * @param peers what all subtasks say together, null if that is not known
   * @param wallMs the wall clock
   * @return the watermark, {@link #BEFORE_ALL_MS} while there is none
   */
  public long advance(Peers.Summary peers, long tickMs, long wallMs) {
    long highestMs =
        Math.max(highestStartMs(), peers == null ? BEFORE_ALL_MS : peers.highestStartMs);
    history.add(tickMs, highestMs);
    // A clock that is ahead must not make all others look as if they were behind.
    frontMs = Math.max(frontMs, Math.min(highestMs, wallMs));
    watermarkMs = Math.max(watermarkMs, promise(peers, tickMs));
    return watermarkMs;
  }

  private long promise(Peers.Summary peers, long tickMs) {
    // Until the partitions are known, one of them may hold older calls than all that were seen.
    if (!assigned) {
      return BEFORE_ALL_MS;
    }
    PartitionClock last = last(tickMs);
    lastSplit = last == null ? HoldUp.NONE : last.number();
    // Of files the first record is read long before the others: most are behind, and none is late.
    holdUp.by(marked ? null : last, frontMs, settings.partitionIdleMs, tickMs);
    if (peers != null
        && silentForMs(tickMs) >= settings.idleFlushMs
        && peers.silentForMs >= settings.idleFlushMs) {
      return flush(peers);
    }
    long othersMs = peers == null ? BEFORE_ALL_MS : peers.slowestWatermarkMs;
    long heldMs = last == null ? othersMs : behind(last.highestStartMs());
    return Math.min(heldMs, pastLeftOut(tickMs));
  }

  /** How far those let it go that no longer hold the watermark. */
  private long pastLeftOut(long tickMs) {
    return partitions.values().stream()
        .filter(partition -> isLeftOut(partition, tickMs))
        .mapToLong(partition -> behind(partition.caughtUpStartMs()))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** The watermark of what has come to this start. */
  private long behind(long startMs) {
    return startMs == BEFORE_ALL_MS ? BEFORE_ALL_MS : startMs - settings.maxOutOfOrderMs;
  }

  private long flush(Peers.Summary peers) {
    if (peers.highestStartMs == BEFORE_ALL_MS) {
      return BEFORE_ALL_MS;
    }
    long sinceMs = peers.silentForMs - settings.idleFlushMs;
    return peers.highestStartMs + Math.min(sinceMs, settings.drainedAfterMs);
  }

  /** The partition that is furthest behind of those that hold the watermark, null if none does. */
  private PartitionClock last(long tickMs) {
    return partitions.values().stream()
        .filter(partition -> !isLeftOut(partition, tickMs))
        .min(Comparator.comparingLong(PartitionClock::highestStartMs))
        .orElse(null);
  }

  private boolean isLeftOut(PartitionClock partition, long tickMs) {
    return isSilent(partition, tickMs) || isStale(partition, tickMs);
  }

  private boolean isSilent(PartitionClock partition, long tickMs) {
    long silentForMs = partition.silentForMs(tickMs);
    return silentForMs >= 0 && silentForMs >= settings.partitionIdleMs;
  }

  private boolean isStale(PartitionClock partition, long tickMs) {
    long caughtUpForMs = partition.caughtUpForMs(tickMs);
    return caughtUpForMs >= 0
        && caughtUpForMs >= settings.partitionIdleMs
        && partition.highestStartMs() != BEFORE_ALL_MS
        && frontMs != BEFORE_ALL_MS
        && frontMs - partition.highestStartMs() > settings.partitionIdleMs;
  }

  /** How long all partitions have been silent, negative if one is not. */
  private long silentForMs(long tickMs) {
    long sinceEndMs = endedAtMs == NEVER ? ALWAYS_SILENT_MS : tickMs - endedAtMs;
    return partitions.values().stream()
        .mapToLong(partition -> partition.silentForMs(tickMs))
        .map(ms -> Math.max(ms, NOT_SILENT))
        .reduce(sinceEndMs, Math::min);
  }

  /** What to tell the other subtasks. */
  public Peers.Report report(long tickMs) {
    // Before the partitions are known, silence is not.
    boolean known = assigned;
    return new Peers.Report(
        watermarkMs,
        !known || last(tickMs) != null,
        known ? silentForMs(tickMs) : NOT_SILENT,
        highestStartMs());
  }

  /** The watermark that was promised last. */
  public long watermarkMs() {
    return watermarkMs;
  }

  /** The highest start of a valid call, {@link #BEFORE_ALL_MS} before the first. */
  public long highestStartMs() {
    return partitions.values().stream()
        .mapToLong(PartitionClock::highestStartMs)
        .reduce(endedHighestMs, Math::max);
  }

  /** The split that holds event time back, {@link HoldUp#NONE} if none does. */
  public int lastSplit() {
    return lastSplit;
  }

  /** The partition that holds event time back, if one does. */
  public HoldUp holdUp() {
    return holdUp;
  }

  /**
   * The partitions that bring records, but none that moves time, and so no longer hold it back:
   * only rejects, or calls far behind all others.
   */
  public Map<Integer, Long> setAside(long tickMs) {
    Map<Integer, Long> result = new TreeMap<>();
    for (PartitionClock partition : partitions.values()) {
      boolean rejectsOnly = isSilent(partition, tickMs) && partition.bringsRejectsOnly();
      if (rejectsOnly || isStale(partition, tickMs)) {
        result.put(partition.number(), partition.highestStartMs());
      }
    }
    return result;
  }

  /** Takes the state of one partition. */
  public interface PartitionState {
    void accept(int partition, long nextOffset, long highestStartMs);
  }

  /** Hands on the state of each partition. */
  public void snapshot(PartitionState state) {
    partitions.forEach(
        (number, partition) ->
            state.accept(number, partition.nextOffset(), partition.highestStartMs()));
  }
}
