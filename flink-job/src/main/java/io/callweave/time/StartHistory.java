package io.callweave.time;

import java.util.ArrayDeque;
import java.util.Deque;

/** How high the starts of calls had come at moments of late. */
final class StartHistory {
  private static final long PERIOD_MS = 100;

  /** Twice as long as what the broker says counts. */
  private static final long KEPT_FOR_MS = 2 * RouteClock.FRESH_MS;

  /** The oldest first, each no lower than the one before. */
  private final Deque<Sample> samples = new ArrayDeque<>();

  private static final class Sample {
    final long tickMs;
    final long startMs;

    Sample(long tickMs, long startMs) {
      this.tickMs = tickMs;
      this.startMs = startMs;
    }
  }

  /** The highest start is that at a moment of {@link Ticks}. */
  void add(long tickMs, long startMs) {
    if (!samples.isEmpty() && tickMs - samples.getLast().tickMs < PERIOD_MS) {
      return;
    }
    samples.addLast(new Sample(tickMs, startMs));
    while (tickMs - samples.getFirst().tickMs > KEPT_FOR_MS) {
      samples.removeFirst();
    }
  }

  /**
   * What the highest start was just before a moment, or a while earlier; {@link
   * RouteClock#BEFORE_ALL_MS} if that is not known.
   */
  long before(long tickMs) {
    long startMs = RouteClock.BEFORE_ALL_MS;
    for (Sample sample : samples) {
      if (sample.tickMs >= tickMs) {
        break;
      }
      startMs = sample.startMs;
    }
    return startMs;
  }
}
