package io.callweave.stage;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/** How time is cut into buckets and a bucket into cells, one per group. Part of the state. */
public final class CellLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String bucketOption;
  private final long bucketMs;
  private final String groupsOption;
  private final int groups;
  private final String delayOption;
  private final long delayMs;

  /**
   * A layout.
   *
   * @param groupsOption the option that sets the number of groups
   */
  public CellLayout(long bucketMs, String groupsOption, int groups) {
    this("bucket-ms", bucketMs, groupsOption, groups, null, 0);
  }

  private CellLayout(
      String bucketOption,
      long bucketMs,
      String groupsOption,
      int groups,
      String delayOption,
      long delayMs) {
    this.bucketOption = bucketOption;
    this.bucketMs = bucketMs;
    this.groupsOption = groupsOption;
    this.groups = groups;
    this.delayOption = delayOption;
    this.delayMs = delayMs;
  }

  /** The same groups in wider buckets. */
  public CellLayout widened(String bucketOption, long bucketMs) {
    return new CellLayout(bucketOption, bucketMs, groupsOption, groups, delayOption, delayMs);
  }

  /** The same cells, each complete only that much later. */
  public CellLayout delayed(String delayOption, long delayMs) {
    return new CellLayout(bucketOption, bucketMs, groupsOption, groups, delayOption, delayMs);
  }

  public long bucketMs() {
    return bucketMs;
  }

  /** How much later than the end of its bucket a cell is complete, ms. */
  public long delayMs() {
    return delayMs;
  }

  /** The options that make the layout, with their values, always in the same order. */
  Map<String, Long> options() {
    Map<String, Long> options = new LinkedHashMap<>();
    options.put(bucketOption, bucketMs);
    options.put(groupsOption, (long) groups);
    if (delayOption != null) {
      options.put(delayOption, delayMs);
    }
    return options;
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
    return (bucketOf(cell) + 1) * bucketMs - 1 + delayMs;
  }
}
