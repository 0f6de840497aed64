package io.callweave.cell;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** How time is cut into buckets and a bucket into cells, one per group. Part of the state. */
public final class CellLayout implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long bucketMs;
  private final int groups;
  private final long delayMs;

  /**
   * The options that make the layout, with their values. What is reckoned from another option comes
   * behind it: the first that differs is the one to change.
   */
  private final Map<String, Long> options;

  /**
   * A layout.
   *
   * @param groupsOption the option that sets the number of groups
   */
  public CellLayout(long bucketMs, String groupsOption, int groups) {
    this.bucketMs = bucketMs;
    this.groups = groups;
    this.delayMs = 0;
    options = new LinkedHashMap<>();
    options.put("bucket-ms", bucketMs);
    options.put(groupsOption, (long) groups);
  }

  private CellLayout(long bucketMs, int groups, long delayMs, Map<String, Long> options) {
    this.bucketMs = bucketMs;
    this.groups = groups;
    this.delayMs = delayMs;
    this.options = options;
  }

  /** The same groups in wider buckets. */
  public CellLayout widened(String bucketOption, long bucketMs) {
    return new CellLayout(bucketMs, groups, delayMs, options).fixed(bucketOption, bucketMs);
  }

  /** The same cells, each complete only that much later. */
  public CellLayout delayed(String delayOption, long delayMs) {
    return delayed(delayMs).fixed(delayOption, delayMs);
  }

  /** The same cells, each complete only that much later, by what other options say. */
  public CellLayout delayed(long delayMs) {
    return new CellLayout(bucketMs, groups, delayMs, options);
  }

  /** The same cells, whose content depends on one more option. */
  public CellLayout fixed(String option, long value) {
    Map<String, Long> more = new LinkedHashMap<>(options);
    more.put(option, value);
    return new CellLayout(bucketMs, groups, delayMs, more);
  }

  public long bucketMs() {
    return bucketMs;
  }

  /** How much later than the end of its bucket a cell is complete, ms. */
  public long delayMs() {
    return delayMs;
  }

  /** The options that make the layout, with their values, in the order to check them. */
  public Map<String, Long> options() {
    return Collections.unmodifiableMap(options);
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
