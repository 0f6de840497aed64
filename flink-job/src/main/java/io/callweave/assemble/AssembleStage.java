package io.callweave.assemble;

import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/** Joins the halves of every call that ended in a bucket and writes them. */
public final class AssembleStage extends Stage<CellKernel, ResultRecord> {
  private static final long serialVersionUID = 1L;

  private final int maxLinks;
  private final String format;

  /** A stage with these options of the job. */
  public AssembleStage(JobOptions options) {
    super("Assemble", "assemble", options.layouts().ids(), ResultRecord.type());
    maxLinks = options.maxLinks();
    format = options.outputFormat();
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings().with("max_links", maxLinks).with("format", format);
    return NativeCellKernel.open("assemble", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<ResultRecord> out) throws Exception {
    fired.drain((key, value) -> out.collect(new ResultRecord(key, value)));
  }
}
