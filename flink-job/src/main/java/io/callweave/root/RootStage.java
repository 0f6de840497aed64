package io.callweave.root;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.BlockKind;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/** Finds the chain of every call. A chain spans all addresses: there is one group. */
public final class RootStage extends Stage<CellKernel, Block> {
  private static final long serialVersionUID = 1L;

  private final CellLayout chains;

  /** A stage with these options of the job. */
  public RootStage(JobOptions options) {
    super("Root", "root", options.layouts().roots(), Block.type());
    chains = options.layouts().ids();
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("window_ms", layout().bucketMs())
            .with("bucket_ms", chains.bucketMs())
            .with("chain_groups", chains.groups());
    return NativeCellKernel.open("root", settings, NativeCellKernel.Output.BLOCKS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<Block> out) throws Exception {
    fired.drain(
        (cell, calls, bytes) -> {
          Block block = new Block(cell, calls, bytes);
          if (BlockKind.ATTRIBUTED.is(bytes)) {
            // Their parents may start a little later, in the next window.
            out.takeBack(block);
          } else if (BlockKind.OPEN_CALLS.is(bytes)) {
            out.keep(block);
          } else {
            out.collect(block);
          }
        });
  }
}
