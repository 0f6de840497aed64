package io.callweave.bench.literal;

/** Event time in seconds. */
final class Seconds {
  private static final long MS = 1000;

  private Seconds() {}

  static long of(long ms) {
    return Math.floorDiv(ms, MS);
  }

  static long lastMs(long second) {
    return (second + 1) * MS - 1;
  }
}
