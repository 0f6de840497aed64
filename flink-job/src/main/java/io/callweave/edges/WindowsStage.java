package io.callweave.edges;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/**
 * Adds up the sums of each window and writes its series.
 *
 * <p>There is one for edges, and one for chains: a chain is known long after the window in which it
 * began, and edges do not wait for it.
 */
public final class WindowsStage extends Stage<CellKernel, ResultRecord> {
  private static final long serialVersionUID = 1L;

  private final long windowMs;
  private final int maxSeries;
  private final String format;

  private WindowsStage(String name, String uid, CellLayout layout, JobOptions options) {
    super(name, uid, layout, ResultRecord.type());
    windowMs = options.windowMs();
    maxSeries = options.maxSeries();
    format = options.outputFormat();
  }

  /** The windows of edges. */
  public static WindowsStage ofEdges(JobOptions options) {
    return new WindowsStage("EdgeWindows", "edge-windows", options.layouts().edges(), options);
  }

  /** The windows of entries and services. */
  public static WindowsStage ofChains(JobOptions options) {
    return new WindowsStage("EntryWindows", "entry-windows", options.layouts().entries(), options);
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("window_ms", windowMs)
            .with("slide_ms", layout().bucketMs())
            .with("max_series", maxSeries)
            .with("format", format);
    return NativeCellKernel.open("windows", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<ResultRecord> out) throws Exception {
    fired.drain((key, value) -> out.collect(new ResultRecord(key, value)));
  }

  @Override
  public String whenTooSlow() {
    return "wider windows, or names of services in --services, make fewer series";
  }
}
