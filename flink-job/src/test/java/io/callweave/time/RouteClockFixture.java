package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;

import java.util.HashMap;
import java.util.Map;

/** A clock, and what it is told of partitions: for the tests of event time. */
abstract class RouteClockFixture {
  static final long DISORDER_MS = 30_000;
  static final long PARTITION_IDLE_MS = 10_000;
  static final long IDLE_FLUSH_MS = 60_000;
  static final long DRAINED_AFTER_MS = 21_001;
  static final ClockSettings SETTINGS =
      new ClockSettings(DISORDER_MS, PARTITION_IDLE_MS, IDLE_FLUSH_MS, DRAINED_AFTER_MS);

  /** The moment at which each test begins. */
  static final long T = 1_000_000_000;

  static final long START = 500_000_000;
  static final long WALL_MS = START + 24 * 3_600_000;

  final RouteClock clock = new RouteClock(SETTINGS, BEFORE_ALL_MS);
  final Map<Integer, Long> offsets = new HashMap<>();

  /** The moment at which records are read. */
  long readAtMs = T;

  /** The broker names the partitions, all with something unread. */
  void know(long nowMs, int... partitions) {
    hear(nowMs, false, partitions);
  }

  void hear(long nowMs, boolean nothingUnread, int... partitions) {
    clock.hear(answer(nowMs, nothingUnread, partitions), nowMs);
  }

  /** The broker says that nothing is unread in partition 0, and so many records in partition 1. */
  void hearUnreadIn1(long nowMs, long records) {
    Map<Integer, Long> ends = new HashMap<>(offsets);
    ends.merge(1, records, Long::sum);
    clock.hear(new Backlog.Answer(nowMs, ends), nowMs);
  }

  /** Each second from one moment to another the broker says that nothing is unread. */
  void silentFrom(long beginMs, long endMs, int... partitions) {
    for (long ms = beginMs; ms < endMs; ms += 1_000) {
      hear(ms, true, partitions);
      advance(null, ms);
    }
    hear(endMs, true, partitions);
  }

  Backlog.Answer answer(long askedAtMs, boolean nothingUnread, int... partitions) {
    Map<Integer, Long> ends = new HashMap<>();
    for (int partition : partitions) {
      long reached = offsets.getOrDefault(partition, Backlog.FROM_START);
      ends.put(partition, nothingUnread ? reached : reached + 2);
    }
    return new Backlog.Answer(askedAtMs, ends);
  }

  long advance(Peers.Summary peers, long tickMs) {
    return clock.advance(peers, tickMs, WALL_MS);
  }

  void saw(int partition, long startMs) {
    clock.saw(partition, startMs, readAtMs);
    read(partition);
  }

  void read(int partition) {
    long next = offsets.getOrDefault(partition, 0L);
    clock.read(partition, next, readAtMs);
    offsets.put(partition, next + 1);
  }

  /** The last of the others has promised this watermark. */
  static Peers.Summary ledBy(long slowestWatermarkMs) {
    boolean none = slowestWatermarkMs == BEFORE_ALL_MS;
    long highestStartMs = none ? BEFORE_ALL_MS : slowestWatermarkMs + DISORDER_MS;
    return new Peers.Summary(slowestWatermarkMs, -1, highestStartMs);
  }

  static Peers.Summary silent(long ms, long highestStartMs) {
    return new Peers.Summary(BEFORE_ALL_MS, ms, highestStartMs);
  }

  static Peers.Summary flushing(long highestStartMs) {
    return silent(2 * IDLE_FLUSH_MS, highestStartMs);
  }
}
