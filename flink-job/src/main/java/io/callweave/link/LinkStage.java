package io.callweave.link;

import io.callweave.edges.WindowSettings;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.BlockKind;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/** Finds the pairs of parent and child in the cells of addresses. */
public final class LinkStage extends Stage<CellKernel, Block> {
  private static final long serialVersionUID = 1L;

  private final int idGroups;
  private final int maxLinks;
  private final WindowSettings windows;

  /** A stage with these options of the job. */
  public LinkStage(JobOptions options) {
    super("Link", "link", options.layouts().addresses(), Block.type());
    idGroups = options.idGroups();
    maxLinks = options.maxLinks();
    windows = new WindowSettings(options);
  }

  @Override
  public CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("bucket_ms", layout().bucketMs())
            .with("id_groups", idGroups)
            .with("max_links", maxLinks);
    windows.addEdges(settings);
    return NativeCellKernel.open("link", settings, NativeCellKernel.Output.BLOCKS);
  }

  @Override
  public void drain(CellKernel fired, StageOutput<Block> out) throws Exception {
    fired.drain(
        (cell, calls, bytes) -> {
          Block block = new Block(cell, calls, bytes);
          if (BlockKind.SUMS.is(bytes)) {
            out.collectSums(block);
          } else {
            out.collect(block);
          }
        });
  }
}
