package io.callweave.merge;

import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.BlockKind;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;

/** Makes one call of what both of its ends have told of it. */
public final class MergeStage extends Stage<KeyedKernel, Block> {
  /** How far the clocks of two hosts may be apart, as the kernel has it. */
  public static final long TOLERANCE_MS = 50;

  private static final long serialVersionUID = 1L;

  /** A stage with these options of the job. */
  public MergeStage(JobOptions options) {
    super("Merge", "merge", options.layouts().addresses(), Block.type());
  }

  @Override
  public KeyedKernel openKernel() {
    KernelSettings settings =
        new KernelSettings()
            .with("bucket_ms", layout().bucketMs())
            .with("ip_groups", layout().groups());
    return NativeCellKernel.open("merge", settings, NativeCellKernel.Output.BLOCKS);
  }

  /** A call that starts so shortly before the end of a bucket is decided on with the next one. */
  @Override
  public long promisedMs(long watermarkMs) {
    if (watermarkMs == Long.MAX_VALUE) {
      return watermarkMs;
    }
    long bucketMs = layout().bucketMs();
    return Math.floorDiv(watermarkMs + 1, bucketMs) * bucketMs - 1 - TOLERANCE_MS;
  }

  @Override
  public void drain(KeyedKernel fired, StageOutput<Block> out) throws Exception {
    fired.drain(
        (cell, calls, bytes) -> {
          Block block = new Block(cell, calls, bytes);
          if (BlockKind.REPORTS.is(bytes)) {
            out.takeBack(block);
          } else {
            out.collect(block);
          }
        });
  }
}
