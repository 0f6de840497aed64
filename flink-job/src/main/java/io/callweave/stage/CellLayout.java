package io.callweave.stage;

import java.io.Serializable;

/** How time is cut into buckets and a bucket into cells, one per group. Part of the state. */
public final class CellLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long bucketMs;
  private final String groupsOption;
  private final int groups;

  /**
   * A layout.
   *
   * @param groupsOption the option that sets the number of groups
   */
  public CellLayout(long bucketMs, String groupsOption, int groups) {
    this.bucketMs = bucketMs;
    this.groupsOption = groupsOption;
    this.groups = groups;
  }

  public long bucketMs() {
    return bucketMs;
  }

  /** The option that sets the number of groups. */
  public String groupsOption() {
    return groupsOption;
  }

  public int groups() {
    return groups;
  }

  /** The bucket of a cell. */
  public long bucketOf(long cell) {
    return Math.floorDiv(cell, (long) groups);
  }

  /** The group of a cell. */
  public int groupOf(long cell) {
    return (int) Math.floorMod(cell, (long) groups);
  }

  /** The key of a cell. */
  public long cell(long bucket, int group) {
    return bucket * groups + group;
  }

  /** The moment in which a cell is complete, ms: a watermark of that much fires it. */
  public long lastMs(long cell) {
    return (bucketOf(cell) + 1) * bucketMs - 1;
  }
}
