package io.callweave.time;

import java.io.Serializable;

/** What the clock goes by, ms. */
public final class ClockSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  final long maxOutOfOrderMs;
  final long partitionIdleMs;
  final long idleFlushMs;
  final long drainedAfterMs;

  /**
   * Settings of the clock.
   *
   * @param maxOutOfOrderMs how much later than the highest start a call may arrive
   * @param partitionIdleMs of silence, after which a partition no longer holds the watermark back
   * @param idleFlushMs of silence of the whole topic, after which time goes on without calls
   * @param drainedAfterMs beyond the highest start, nothing that was read waits any more
   */
  public ClockSettings(
      long maxOutOfOrderMs, long partitionIdleMs, long idleFlushMs, long drainedAfterMs) {
    this.maxOutOfOrderMs = maxOutOfOrderMs;
    this.partitionIdleMs = partitionIdleMs;
    this.idleFlushMs = idleFlushMs;
    this.drainedAfterMs = drainedAfterMs;
  }
}
