package io.callweave.attribute;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.BlockKind;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/**
 * Decides which call most likely caused each call, window by window. A window is decided once all
 * calls are there that start until some time behind its end.
 */
public final class AttributeStage extends Stage<KeyedKernel, Block> {
  private static final long serialVersionUID = 1L;

  private final CellLayout buckets;
  private final int effort;

  /** A stage with these options of the job. */
  public AttributeStage(JobOptions options) {
    super("Attribute", "attribute", options.layouts().decisions(), Block.type());
    buckets = options.layouts().addresses();
    effort = options.attributionEffort();
  }

  @Override
  public KeyedKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("window_ms", layout().bucketMs())
            .with("look_ahead_ms", layout().delayMs())
            .with("ip_groups", layout().groups())
            .with("effort", effort);
    return NativeCellKernel.open("attribute", settings, NativeCellKernel.Output.BLOCKS);
  }

  /** In the window that is decided once all of its bucket has come. */
  @Override
  public Block place(Block block) {
    long bucketBeginMs = buckets.bucketOf(block.cell) * buckets.bucketMs();
    long window = Math.floorDiv(bucketBeginMs - layout().delayMs(), layout().bucketMs());
    int group = buckets.groupOf(block.cell);
    return new Block(layout().cell(window, group), block.calls, block.bytes);
  }

  /** All calls are handed on that start before the end of the last window that was decided. */
  @Override
  public long promisedMs(long watermarkMs) {
    if (watermarkMs == Long.MAX_VALUE) {
      return watermarkMs;
    }
    long windowMs = layout().bucketMs();
    return Math.floorDiv(watermarkMs + 1 - layout().delayMs(), windowMs) * windowMs - 1;
  }

  @Override
  public String whenTooSlow() {
    return String.format(
        "more calls come than parents can be decided for; a lower attribution-effort (now %d) costs"
            + " some accuracy, a higher parallelism none",
        effort);
  }

  @Override
  public void drain(KeyedKernel fired, StageOutput<Block> out) throws Exception {
    fired.drain(
        (cell, calls, bytes) -> {
          Block block = new Block(cell, calls, bytes);
          // Calls that start behind the window.
          if (BlockKind.LEGS.is(bytes)) {
            out.takeBack(block);
          } else {
            out.collect(block);
          }
        });
  }
}
