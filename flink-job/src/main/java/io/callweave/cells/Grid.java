package io.callweave.cells;

import java.io.Serializable;

/** How time is cut into buckets and a bucket into cells, one per group. Part of the state. */
public final class Grid implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long bucketMs;
  private final int groups;

  public Grid(long bucketMs, int groups) {
    this.bucketMs = bucketMs;
    this.groups = groups;
  }

  public long bucketMs() {
    return bucketMs;
  }

  public int groups() {
    return groups;
  }

  /** The bucket of a cell. */
  public long bucketOf(long cell) {
    return Math.floorDiv(cell, (long) groups);
  }

  /** The moment in which a cell is complete, ms: a watermark of that much fires it. */
  public long lastMs(long cell) {
    return (bucketOf(cell) + 1) * bucketMs - 1;
  }
}
