package io.callweave.chain;

import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.CellLayout;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Puts the calls of each chain together, computes what it cost and writes its JSON. */
public final class ChainStage implements Stage<CellKernel, ResultRecord> {
  private static final long serialVersionUID = 1L;

  private final CellLayout layout;
  private final int maxChainCalls;
  private final String services;

  /** A stage with these options of the job. */
  public ChainStage(JobOptions options) {
    layout = options.idLayout();
    maxChainCalls = options.maxChainCalls();
    services = options.services();
  }

  @Override
  public String name() {
    return "Chain";
  }

  @Override
  public String uid() {
    return "chain";
  }

  @Override
  public CellLayout layout() {
    return layout;
  }

  @Override
  public TypeInformation<ResultRecord> outputType() {
    return ResultRecord.type();
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings().with("max_chain_calls", maxChainCalls).with("services", services);
    return NativeCellKernel.open("chain", settings, NativeCellKernel.Output.RECORDS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<ResultRecord> out) throws Exception {
    fired.drain((key, value) -> out.collect(new ResultRecord(key, value)));
  }
}
