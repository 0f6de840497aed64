package io.callweave.time;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operator should read about time: which partition holds it back, and which ones no longer
 * do although they bring records. Once a minute at most.
 */
public final class ClockLog {
  private static final long PERIOD_MS = 60_000;

  /** A partition may be behind for so long without a word: it takes a while to read a backlog. */
  private static final long PATIENCE_MS = 20_000;

  private long toldAtMs;
  private boolean told;

  /** The lines that are due at a moment of {@link Ticks}, mostly none. */
  public List<String> lines(RouteClock clock, long tickMs) {
    List<String> lines = new ArrayList<>();
    if (told && tickMs - toldAtMs < PERIOD_MS) {
      return lines;
    }
    HoldUp holdUp = clock.holdUp();
    if (holdUp.forMs(tickMs) > PATIENCE_MS) {
      lines.add(heldBack(holdUp, tickMs));
    }
    clock.setAside(tickMs).forEach((partition, startMs) -> lines.add(setAside(partition, startMs)));
    if (!lines.isEmpty()) {
      told = true;
      toldAtMs = tickMs;
    }
    return lines;
  }

  private static String heldBack(HoldUp holdUp, long tickMs) {
    String where =
        holdUp.startMs() == RouteClock.BEFORE_ALL_MS
            ? "it has brought no valid call yet"
            : String.format(
                "its highest start is %s, %d ms behind the others'",
                Instant.ofEpochMilli(holdUp.startMs()), holdUp.behindMs());
    return String.format(
        "Partition %d of the input has held event time back for %d s: %s, and it has unread records,"
            + " or the broker does not answer",
        holdUp.partition(), holdUp.forMs(tickMs) / 1000, where);
  }

  private static String setAside(int partition, long startMs) {
    String where =
        startMs == RouteClock.BEFORE_ALL_MS
            ? "it has brought no valid call yet"
            : "its highest start is " + Instant.ofEpochMilli(startMs);
    return String.format(
        "Partition %d of the input brings records, but none that moves event time: %s. Time goes on"
            + " without it, and its calls from before the watermark are late. See the reasons in"
            + " the rejects topic, and the clock and the unit of time of what writes to it",
        partition, where);
  }
}
