package io.callweave.link;

import io.callweave.cells.Block;
import io.callweave.cells.CellFunction;
import io.callweave.cells.Grid;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import org.apache.flink.util.Collector;

/** Finds the pairs of parent and child in the cells of addresses. */
public final class LinkFunction extends CellFunction<Block> {
  private static final long serialVersionUID = 1L;

  private final long bucketMs;
  private final int idGroups;
  private final int maxLinks;

  /**
   * Links the calls of cells.
   *
   * @param grid of addresses
   * @param idGroups number of groups that what is found is spread over
   * @param maxLinks ids in one list at most
   */
  public LinkFunction(Grid grid, int idGroups, int maxLinks) {
    super(grid);
    this.bucketMs = grid.bucketMs();
    this.idGroups = idGroups;
    this.maxLinks = maxLinks;
  }

  @Override
  protected CellKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("bucket_ms", bucketMs)
            .with("id_groups", idGroups)
            .with("max_links", maxLinks);
    return CellKernel.open("link", settings, CellKernel.Output.BLOCKS);
  }

  @Override
  protected void drain(CellKernel fired, Collector<Block> out) throws Exception {
    fired.drain(
        (cell, calls, block) -> {
          metrics().sentBlock();
          out.collect(new Block(cell, calls, block));
        });
  }
}
