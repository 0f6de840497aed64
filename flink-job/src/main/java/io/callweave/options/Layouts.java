package io.callweave.options;

import static io.callweave.options.JobOptionTable.BUCKET_MS;
import static io.callweave.options.JobOptionTable.DECIDE_EVERY_MS;
import static io.callweave.options.JobOptionTable.ID_GROUPS;
import static io.callweave.options.JobOptionTable.IP_GROUPS;
import static io.callweave.options.JobOptionTable.LOOK_AHEAD_MS;
import static io.callweave.options.JobOptionTable.MAX_LATENCY_MS;
import static io.callweave.options.JobOptionTable.WINDOW_MS;
import static io.callweave.options.JobOptionTable.WINDOW_SLIDE_MS;

import io.callweave.cell.CellLayout;

/** How time is cut into the cells of each stage. */
public final class Layouts {
  /** How long after the end of its root a chain waits for more calls, and 1 ms for rounding. */
  private static final long CHAIN_COMPLETE_MS = 1_022;

  private final JobOptions options;

  Layouts(JobOptions options) {
    this.options = options;
  }

  /** The cells of Link: groups of addresses. */
  public CellLayout addresses() {
    return new CellLayout(
        options.get(BUCKET_MS), IP_GROUPS.name, options.get(IP_GROUPS).intValue());
  }

  /** The windows of Attribute: groups of addresses. */
  public CellLayout decisions() {
    return addresses()
        .widened(DECIDE_EVERY_MS.name, inBuckets(DECIDE_EVERY_MS))
        .delayed(LOOK_AHEAD_MS.name, inBuckets(LOOK_AHEAD_MS));
  }

  /** The windows of Root: one group for all chains. */
  public CellLayout roots() {
    return new CellLayout(options.get(BUCKET_MS), "groups of Root", 1)
        .widened(DECIDE_EVERY_MS.name, inBuckets(DECIDE_EVERY_MS));
  }

  /** The windows of edges, each in the cell of its last slide. */
  public CellLayout edges() {
    return new CellLayout(options.get(BUCKET_MS), "groups of Windows", 1)
        .fixed(WINDOW_MS.name, options.windowMs())
        .widened(WINDOW_SLIDE_MS.name, options.windowSlideMs());
  }

  /**
   * The windows of chains, in which their roots start: these may take as long as a call may, and
   * their chains are complete with a later bucket.
   */
  public CellLayout entries() {
    return edges()
        .fixed(MAX_LATENCY_MS.name, options.maxLatencyMs())
        .delayed(options.maxLatencyMs() + CHAIN_COMPLETE_MS + options.get(BUCKET_MS));
  }

  /** The cells of Assemble: groups of ids. */
  public CellLayout ids() {
    return new CellLayout(options.get(BUCKET_MS), ID_GROUPS.name, options.idGroups());
  }

  /** A time in whole buckets, rounded up: blocks hold no less than a bucket. */
  private long inBuckets(Option<Long> timeMs) {
    long bucketMs = options.get(BUCKET_MS);
    return (options.get(timeMs) + bucketMs - 1) / bucketMs * bucketMs;
  }
}
