package io.callweave.assemble;

import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.CellLayout;
import io.callweave.stage.CellMetrics;
import io.callweave.stage.Stage;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;

/** Joins the halves of every call that ended in a bucket and writes their JSON. */
public final class AssembleStage implements Stage<CellKernel, LinkedCall> {
  private static final long serialVersionUID = 1L;

  private final CellLayout layout;
  private final int maxLinks;

  /** A stage with these options of the job. */
  public AssembleStage(JobOptions options) {
    layout = options.idLayout();
    maxLinks = options.maxLinks();
  }

  @Override
  public String name() {
    return "Assemble";
  }

  @Override
  public String uid() {
    return "assemble";
  }

  @Override
  public CellLayout layout() {
    return layout;
  }

  @Override
  public TypeInformation<LinkedCall> outputType() {
    return Types.POJO(LinkedCall.class);
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings = new KernelSettings().with("max_links", maxLinks);
    return NativeCellKernel.open("assemble", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(CellKernel fired, CellMetrics metrics, Collector<LinkedCall> out)
      throws Exception {
    fired.drain((key, value) -> out.collect(new LinkedCall(key, value)));
  }
}
