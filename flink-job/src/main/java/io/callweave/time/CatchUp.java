package io.callweave.time;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Decides when a subtask that is ahead of the others in a catch-up waits.
 *
 * <p>What it reads of times that the others have not reached is worked no sooner, but has to be
 * kept: of a backlog of hours, hours. So it may be ahead by what the last of them has come on in a
 * second, and a little: with less, the subtasks would stand still in turn, since each reads many
 * records of one partition before it turns to the next. Close to the wall clock nobody waits: there
 * is little to keep, and a partition may well be behind for good.
 *
 * <p>A decision from what it is given: no threads, no I/O, no clock.
 */
public final class CatchUp {
  /** A subtask whose time is no further behind the wall clock is in no catch-up. */
  static final long LIVE_MS = 60_000;

  /** A subtask may always be ahead by so much. */
  static final long MIN_LEAD_MS = 10_000;

  /** For how long it is seen how the last of the subtasks comes on. */
  static final long SEEN_FOR_MS = 1_000;

  /** Where the last of the subtasks was, the oldest first. */
  private final Deque<Position> news = new ArrayDeque<>();

  private Peers.Summary latest;

  private static final class Position {
    final long heardAtMs;
    final long slowestWatermarkMs;

    Position(long heardAtMs, long slowestWatermarkMs) {
      this.heardAtMs = heardAtMs;
      this.slowestWatermarkMs = slowestWatermarkMs;
    }
  }

  /** Whether a subtask that has promised this watermark is so far ahead that it should wait. */
  public boolean isAhead(long watermarkMs, Peers.Summary peers, long nowMs) {
    if (peers != latest) {
      latest = peers;
      hear(peers, nowMs);
    }
    if (news.isEmpty() || !isBehind(watermarkMs, nowMs)) {
      return false;
    }
    Position first = news.getFirst();
    Position last = news.getLast();
    return last.heardAtMs - first.heardAtMs >= SEEN_FOR_MS
        && watermarkMs - last.slowestWatermarkMs
            > MIN_LEAD_MS + last.slowestWatermarkMs - first.slowestWatermarkMs;
  }

  private void hear(Peers.Summary peers, long nowMs) {
    // A subtask that has not begun may be one whose partitions are empty.
    if (peers == null || peers.slowestWatermarkMs == RouteClock.BEFORE_ALL_MS) {
      news.clear();
      return;
    }
    // The first is the youngest that is old enough.
    Position first = null;
    while (!news.isEmpty() && nowMs - news.getFirst().heardAtMs >= SEEN_FOR_MS) {
      first = news.removeFirst();
    }
    if (first != null) {
      news.addFirst(first);
    }
    news.addLast(new Position(nowMs, peers.slowestWatermarkMs));
  }

  /** Whether a subtask with this watermark is in a catch-up. */
  static boolean isBehind(long watermarkMs, long nowMs) {
    return watermarkMs != RouteClock.BEFORE_ALL_MS && nowMs - watermarkMs > LIVE_MS;
  }
}
