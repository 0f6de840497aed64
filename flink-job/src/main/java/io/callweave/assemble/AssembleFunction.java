package io.callweave.assemble;

import io.callweave.cells.CellFunction;
import io.callweave.cells.Grid;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelSettings;
import org.apache.flink.util.Collector;

/** Joins the halves of every call that ended in a bucket and writes their JSON. */
public final class AssembleFunction extends CellFunction<LinkedCall> {
  private static final long serialVersionUID = 1L;

  private final int maxLinks;

  /**
   * Assembles the calls of cells.
   *
   * @param grid of ids
   * @param maxLinks ids in one list at most
   */
  public AssembleFunction(Grid grid, int maxLinks) {
    super(grid);
    this.maxLinks = maxLinks;
  }

  @Override
  protected CellKernel openKernel() {
    KernelSettings settings = new KernelSettings().with("max_links", maxLinks);
    return CellKernel.open("assemble", settings, CellKernel.Output.RECORDS);
  }

  @Override
  protected void drain(CellKernel fired, Collector<LinkedCall> out) throws Exception {
    fired.drain((key, value) -> out.collect(new LinkedCall(key, value)));
  }
}
