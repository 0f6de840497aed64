package io.callweave.alerts;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/**
 * Judges the series of each window by their own past, and writes which alerts begin and end as
 * JSON.
 *
 * <p>It takes the sums that the windows take. What is true of all series is told once, so there is
 * one key; its state is what is known of all of them.
 */
public final class AlertsStage extends Stage<KeyedKernel, ResultRecord> {
  private static final long serialVersionUID = 1L;

  private final long windowMs;
  private final int maxSeries;
  private final String rules;

  private AlertsStage(String name, String uid, CellLayout layout, JobOptions options) {
    super(name, uid, layout, ResultRecord.type());
    windowMs = options.windowMs();
    maxSeries = options.maxSeries();
    rules = options.alertRules();
  }

  /** The alerts of edges. */
  public static AlertsStage ofEdges(JobOptions options) {
    return new AlertsStage("EdgeAlerts", "edge-alerts", options.layouts().edges(), options);
  }

  /** The alerts of entries. */
  public static AlertsStage ofChains(JobOptions options) {
    return new AlertsStage("EntryAlerts", "entry-alerts", options.layouts().entries(), options);
  }

  @Override
  public KeyedKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("window_ms", windowMs)
            .with("slide_ms", layout().bucketMs())
            .with("max_series", maxSeries)
            .with("rules", rules);
    return NativeCellKernel.open("alerts", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(KeyedKernel fired, StageOutput<ResultRecord> out) throws Exception {
    fired.drain((key, value) -> out.collect(new ResultRecord(key, value)));
  }

  @Override
  public String whenTooSlow() {
    return "wider windows, or names of services in --services, make fewer series";
  }

  /**
   * Checks the rules, if there are some, with the kernel that is to judge by them.
   *
   * @throws OptionsException if they are not right
   * @throws IllegalStateException if there is no native library for this machine
   */
  public static void checkRules(JobOptions options) {
    if (options.alertRules().isEmpty()) {
      return;
    }
    try {
      ofEdges(options).openKernel().close();
    } catch (IllegalArgumentException e) {
      throw new OptionsException(
          String.format("--alerts %s: %s", options.alertsFile(), e.getMessage()));
    }
  }
}
