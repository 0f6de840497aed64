package io.callweave.route;

import io.callweave.cell.CellLayout;
import io.callweave.merge.MergeStage;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.RouteKernel;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.options.OwnMessage;
import io.callweave.time.ClockSettings;
import java.io.Serializable;

/** What Route goes by. */
public final class RouteSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  /** More than Root waits behind the end of a chain. */
  private static final long MAX_OUTLIVE_MS = 2_000;

  final CellLayout layout;
  final int idGroups;
  final long maxLatencyMs;
  final long maxFutureSkewMs;
  final int maxRecordBytes;
  final boolean passThrough;
  final boolean mergesReports;
  private final String map;
  private final String format;

  /** Null for the built-in one. */
  private final OwnMessage message;

  private final long chainsMs;
  private final long windowsMs;
  private final long maxOutOfOrderMs;
  private final long partitionIdleMs;
  private final long idleFlushMs;

  /** Takes the settings from the options of the same names. */
  public RouteSettings(JobOptions options) {
    layout = options.layouts().addresses();
    idGroups = options.idGroups();
    maxLatencyMs = options.maxLatencyMs();
    maxFutureSkewMs = options.maxFutureSkewMs();
    maxRecordBytes = options.maxRecordBytes();
    passThrough = options.passThrough();
    mergesReports = options.mergesReports();
    map = options.map();
    format = options.inputFormat();
    message = options.inputMessage().orElse(null);
    chainsMs = options.outputs().makesChains() ? chainsMs(options.layouts().decisions()) : 0;
    windowsMs = options.outputs().makesWindows() ? windowsMs(options) : 0;
    maxOutOfOrderMs = options.maxOutOfOrderMs();
    partitionIdleMs = options.partitionIdleMs();
    idleFlushMs = options.idleFlushMs();
  }

  /** How much later a call goes on that may be another report of one. */
  private long mergesMs() {
    return mergesReports ? layout.bucketMs() + MergeStage.TOLERANCE_MS : 0;
  }

  /** How much later than its last call a chain is written, ms of event time. */
  private static long chainsMs(CellLayout windows) {
    return windows.bucketMs() + windows.delayMs() + MAX_OUTLIVE_MS;
  }

  /** How much later than its last call a window is written, ms of event time. */
  private static long windowsMs(JobOptions options) {
    return options.windowMs()
        + (options.outputs().makesChains() ? options.layouts().entries().delayMs() : 0);
  }

  ClockSettings clock() {
    // The last call may end one millisecond later by rounding, and its bucket after that.
    long drainedAfterMs = maxLatencyMs + 1 + layout.bucketMs() + mergesMs() + chainsMs + windowsMs;
    return new ClockSettings(maxOutOfOrderMs, partitionIdleMs, idleFlushMs, drainedAfterMs);
  }

  /** Opens the kernel with these settings. */
  public RouteKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("bucket_ms", layout.bucketMs())
            .with("ip_groups", layout.groups())
            .with("max_latency_ms", maxLatencyMs)
            .with("max_future_skew_ms", maxFutureSkewMs)
            .with("max_record_bytes", maxRecordBytes)
            .with("pass_through", passThrough)
            .with("merge_reports", mergesReports)
            .with("map", map)
            .with("format", format);
    if (message != null) {
      settings.with(
          "message", new KernelSettings().with("set", message.set).with("name", message.name));
    }
    return RouteKernel.open(settings);
  }

  /**
   * Checks the map of records, and the message that it reads, if there is one, with the kernel that
   * is to read by it.
   *
   * @throws OptionsException if it is not right
   * @throws IllegalStateException if there is no native library for this machine
   */
  public void checkMap() {
    if (map.isEmpty()) {
      return;
    }
    try {
      openKernel().close();
    } catch (IllegalArgumentException e) {
      // The kernel calls its settings as the options are called.
      throw new OptionsException("--" + e.getMessage());
    }
  }
}
