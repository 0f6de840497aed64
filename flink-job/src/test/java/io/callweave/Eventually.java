package io.callweave;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits for what happens in other threads and processes. */
public final class Eventually {
  private static final long LIMIT_S = 180;
  private static final long PERIOD_MS = 100;

  private Eventually() {}

  /** Waits until the condition holds; fails with {@code what} if it does not within the limit. */
  public static void holds(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_S);
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + LIMIT_S + " s: " + what);
      }
      pass(PERIOD_MS);
    }
  }

  /** Lets time pass, where the time itself is what is tested: an outage, a silence. */
  public static void pass(long ms) throws InterruptedException {
    new CountDownLatch(1).await(ms, TimeUnit.MILLISECONDS);
  }
}
