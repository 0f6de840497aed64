package io.callweave.nativelib;

/** What a kernel has done since it was last asked. */
public final class KernelCounts {
  private final long[] counts;

  /** Keeps the array: calls, links, duplicates, truncated. */
  KernelCounts(long[] counts) {
    this.counts = counts;
  }

  /** Calls that went on: accepted by Route, first seen by Link, written by Assemble. */
  public long calls() {
    return counts[0];
  }

  /** Pairs of parent and child that Link found, those omitted from a list included. */
  public long links() {
    return counts[1];
  }

  /** Repeats of a call that Link dropped. */
  public long duplicates() {
    return counts[2];
  }

  /** Written calls whose parents or children were more than {@code max-links}. */
  public long truncated() {
    return counts[3];
  }

  @Override
  public String toString() {
    return String.format(
        "calls %d, links %d, duplicates %d, truncated %d",
        calls(), links(), duplicates(), truncated());
  }
}
