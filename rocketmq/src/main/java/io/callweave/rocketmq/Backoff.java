package io.callweave.rocketmq;

/** How long to wait after failures that follow each other. */
final class Backoff {
  private static final long FIRST_WAIT_MS = 100;
  private static final long MAX_WAIT_MS = 10_000;

  private long waitMs;

  /** It has worked. */
  void reset() {
    waitMs = 0;
  }

  /** It has failed; how long to wait now, ms. */
  long failed() {
    waitMs = waitMs == 0 ? FIRST_WAIT_MS : Math.min(2 * waitMs, MAX_WAIT_MS);
    return waitMs;
  }
}
