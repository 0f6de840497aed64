package io.callweave.stage;

/**
 * Foresees which cells the next checkpoint finds still open, from the pace of the watermark and of
 * the checkpoints so far.
 *
 * <p>A decision from what it is given: no threads, no I/O, no clock. Where it is wrong, a cell is
 * written that need not have been, or is written a little later.
 */
final class CheckpointForecast {
  /** How much faster than so far the watermark may become before it is wrong. */
  private static final double MARGIN = 1.3;

  private static final long UNKNOWN = -1;

  private long barrierAtMs = UNKNOWN;
  private long barrierWatermarkMs;
  private long intervalMs = UNKNOWN;

  /** Takes note of a barrier, which came at this moment of a clock that nobody sets. */
  void barrier(long watermarkMs, long tickMs) {
    if (barrierAtMs != UNKNOWN) {
      intervalMs = tickMs - barrierAtMs;
    }
    barrierAtMs = tickMs;
    barrierWatermarkMs = watermarkMs;
  }

  /**
   * The watermark that there will be, at most, when the next barrier comes; {@code Long.MAX_VALUE}
   * where that is not known yet.
   */
  long nextBarrierAtMost(long watermarkMs, long tickMs) {
    if (intervalMs == UNKNOWN || barrierWatermarkMs == Long.MIN_VALUE) {
      return Long.MAX_VALUE;
    }
    long sinceMs = Math.max(1, tickMs - barrierAtMs);
    long leftMs = Math.max(0, intervalMs - sinceMs);
    double pace = (double) (watermarkMs - barrierWatermarkMs) / sinceMs;
    return watermarkMs + (long) (MARGIN * pace * leftMs);
  }
}
