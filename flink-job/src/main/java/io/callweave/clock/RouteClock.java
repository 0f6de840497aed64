package io.callweave.clock;

import java.util.Map;
import java.util.TreeMap;

/**
 * The clock of one subtask of Route: which watermark it may promise.
 *
 * <p>A partition's watermark is its highest valid start minus the allowed disorder. The subtask's
 * is the least over its partitions, but for those that have been silent for a while. If all of them
 * have, it goes with the other subtasks; if the whole topic has, it goes on from the highest start
 * of all with the wall clock, until nothing waits any more. It never falls.
 *
 * <p>A partition is silent only as long as the broker says so, of the very offset that the subtask
 * has reached, and not long ago. A decision from what it is given: no threads, no I/O, no clock.
 */
public final class RouteClock {
  /** Before the first call. */
  public static final long BEFORE_ALL_MS = Long.MIN_VALUE;

  /** An older answer of the broker says nothing about now. */
  static final long FRESH_MS = 5_000;

  private static final long NOT_SILENT = -1;
  private static final long ALWAYS_SILENT_MS = Long.MAX_VALUE / 4;

  private final ClockSettings settings;
  private final Map<Integer, Partition> partitions = new TreeMap<>();
  private long watermarkMs;
  private boolean assigned;

  /** What is known of a partition. */
  private static final class Partition {
    long reached = Backlog.FROM_START;
    long highestStartMs = BEFORE_ALL_MS;
    long silentSinceMs = NOT_SILENT;

    boolean silentFor(long ms, long nowMs) {
      return silentSinceMs != NOT_SILENT && nowMs - silentSinceMs >= ms;
    }
  }

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
  public void restore(int partition, long reached, long highestStartMs) {
    Partition restored = partition(partition);
    restored.reached = reached;
    restored.highestStartMs = highestStartMs;
  }

  /** A record was given to the subtask, whatever became of it. */
  public void read(int partition, long offset) {
    Partition of = partition(partition);
    of.reached = offset + 1;
    of.silentSinceMs = NOT_SILENT;
  }

  /** A valid call starts then. */
  public void saw(int partition, long startMs) {
    Partition of = partition(partition);
    of.highestStartMs = Math.max(of.highestStartMs, startMs);
  }

  private Partition partition(int partition) {
    return partitions.computeIfAbsent(partition, unknown -> new Partition());
  }

  /** Takes in what the broker says; null if it has not answered yet. */
  public void hear(Backlog.Answer answer, long nowMs) {
    boolean fresh = answer != null && nowMs - answer.askedAtMs() <= FRESH_MS;
    if (answer != null) {
      assigned = true;
      answer.partitions().forEach(this::partition);
    }
    partitions.forEach(
        (number, partition) -> {
          if (!fresh || !answer.nothingUnread(number, partition.reached)) {
            partition.silentSinceMs = NOT_SILENT;
          } else if (partition.silentSinceMs == NOT_SILENT) {
            partition.silentSinceMs = answer.askedAtMs();
          }
        });
  }

  /**
   * Moves the watermark as far as may be promised.
   *
   * @param peers what all subtasks say together, null if that is not known
   * @return the watermark, {@link #BEFORE_ALL_MS} while there is none
   */
  public long advance(Peers.Summary peers, long nowMs) {
    watermarkMs = Math.max(watermarkMs, promise(peers, nowMs));
    return watermarkMs;
  }

  private long promise(Peers.Summary peers, long nowMs) {
    // Until the partitions are known, one of them may hold older calls than all that were seen.
    if (!assigned) {
      return BEFORE_ALL_MS;
    }
    if (peers != null
        && silentForMs(nowMs) >= settings.idleFlushMs
        && peers.silentForMs >= settings.idleFlushMs) {
      return flush(peers);
    }
    if (holds(nowMs)) {
      return leastOfPartitions(nowMs);
    }
    return peers == null ? BEFORE_ALL_MS : peers.followedMs;
  }

  private long flush(Peers.Summary peers) {
    if (peers.highestStartMs == BEFORE_ALL_MS) {
      return BEFORE_ALL_MS;
    }
    long sinceMs = peers.silentForMs - settings.idleFlushMs;
    return peers.highestStartMs + Math.min(sinceMs, settings.drainedAfterMs);
  }

  private long leastOfPartitions(long nowMs) {
    long least = Long.MAX_VALUE;
    for (Partition partition : partitions.values()) {
      if (!partition.silentFor(settings.partitionIdleMs, nowMs)) {
        least = Math.min(least, partition.highestStartMs);
      }
    }
    return least == BEFORE_ALL_MS ? BEFORE_ALL_MS : least - settings.maxOutOfOrderMs;
  }

  private boolean holds(long nowMs) {
    return partitions.values().stream()
        .anyMatch(partition -> !partition.silentFor(settings.partitionIdleMs, nowMs));
  }

  /** How long all partitions have been silent, negative if one is not. */
  private long silentForMs(long nowMs) {
    long least = ALWAYS_SILENT_MS;
    for (Partition partition : partitions.values()) {
      if (partition.silentSinceMs == NOT_SILENT) {
        return NOT_SILENT;
      }
      least = Math.min(least, nowMs - partition.silentSinceMs);
    }
    return least;
  }

  /** What to tell the other subtasks. */
  public Peers.Report report(long nowMs) {
    // Before the partitions are known, silence is not.
    boolean known = assigned;
    return new Peers.Report(
        watermarkMs,
        !known || holds(nowMs),
        known ? silentForMs(nowMs) : NOT_SILENT,
        highestStartMs());
  }

  /** The watermark that was promised last. */
  public long watermarkMs() {
    return watermarkMs;
  }

  /** The highest start of a valid call, {@link #BEFORE_ALL_MS} before the first. */
  public long highestStartMs() {
    return partitions.values().stream()
        .mapToLong(partition -> partition.highestStartMs)
        .max()
        .orElse(BEFORE_ALL_MS);
  }

  /** Takes the state of one partition. */
  public interface PartitionState {
    void accept(int partition, long reached, long highestStartMs);
  }

  /** Hands on the state of each partition. */
  public void snapshot(PartitionState state) {
    partitions.forEach(
        (number, partition) -> state.accept(number, partition.reached, partition.highestStartMs));
  }
}
