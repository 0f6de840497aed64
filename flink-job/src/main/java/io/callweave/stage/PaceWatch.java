package io.callweave.stage;

import java.util.concurrent.TimeUnit;

/**
 * Tells a kernel that cannot keep up from one that only has much to do: over a minute it was at
 * work nearly all the time, and event time went on more slowly than the clock. While a backlog is
 * worked event time runs ahead of the clock.
 *
 * <p>It only watches: what the kernel decides never depends on a clock.
 */
final class PaceWatch {
  static final long PERIOD_NS = TimeUnit.MINUTES.toNanos(1);

  /** Said once in so many periods at most, so that a log does not fill with it. */
  private static final int QUIET_PERIODS = 10;

  private static final double BUSY = 0.8;

  private long beginNs;
  private long beginWatermarkMs = Long.MIN_VALUE;
  private long workNs;
  private int quiet;

  /** Notes that the kernel was at work for so long. */
  void worked(long ns) {
    workNs += ns;
  }

  /**
   * Looks once a minute.
   *
   * @param nowNs of {@link System#nanoTime()}
   * @return the share of the last minute, in percent, that a kernel was at work that falls behind;
   *     0 if it keeps up, if the minute is not over, or if it was said a short time ago
   */
  int tooSlow(long nowNs, long watermarkMs) {
    if (beginWatermarkMs == Long.MIN_VALUE) {
      begin(nowNs, watermarkMs);
      return 0;
    }
    long elapsedNs = nowNs - beginNs;
    if (elapsedNs < PERIOD_NS) {
      return 0;
    }
    boolean falls = watermarkMs - beginWatermarkMs < TimeUnit.NANOSECONDS.toMillis(elapsedNs);
    double share = (double) workNs / elapsedNs;
    begin(nowNs, watermarkMs);
    quiet = Math.max(quiet - 1, 0);
    if (!falls || share < BUSY || quiet > 0) {
      return 0;
    }
    quiet = QUIET_PERIODS;
    return (int) Math.round(100 * share);
  }

  private void begin(long nowNs, long watermarkMs) {
    beginNs = nowNs;
    beginWatermarkMs = watermarkMs;
    workNs = 0;
  }
}
