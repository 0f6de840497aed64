package io.callweave.route;

import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.RouteKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.CellLayout;
import io.callweave.time.ClockSettings;
import java.io.Serializable;

/** What Route goes by. */
public final class RouteSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  final CellLayout layout;
  final int idGroups;
  final long maxLatencyMs;
  final long maxFutureSkewMs;
  final int maxRecordBytes;
  final boolean passThrough;
  private final long maxOutOfOrderMs;
  private final long partitionIdleMs;
  private final long idleFlushMs;

  /** Takes the settings from the options of the same names. */
  public RouteSettings(JobOptions options) {
    layout = options.ipLayout();
    idGroups = options.idGroups();
    maxLatencyMs = options.maxLatencyMs();
    maxFutureSkewMs = options.maxFutureSkewMs();
    maxRecordBytes = options.maxRecordBytes();
    passThrough = options.passThrough();
    maxOutOfOrderMs = options.maxOutOfOrderMs();
    partitionIdleMs = options.partitionIdleMs();
    idleFlushMs = options.idleFlushMs();
  }

  ClockSettings clock() {
    // The last call may end one millisecond later by rounding, and its bucket after that.
    long drainedAfterMs = maxLatencyMs + 1 + layout.bucketMs();
    return new ClockSettings(maxOutOfOrderMs, partitionIdleMs, idleFlushMs, drainedAfterMs);
  }

  /** Opens the kernel with these settings. */
  public RouteKernel openKernel() {
    return RouteKernel.open(
        new KernelSettings()
            .with("bucket_ms", layout.bucketMs())
            .with("ip_groups", layout.groups())
            .with("max_latency_ms", maxLatencyMs)
            .with("max_future_skew_ms", maxFutureSkewMs)
            .with("max_record_bytes", maxRecordBytes)
            .with("pass_through", passThrough));
  }
}
