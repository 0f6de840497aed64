package io.callweave.testing;

import io.callweave.nativelib.RejectReason;
import io.callweave.nativelib.RouteKernel;
import io.callweave.nativelib.VerdictConsumer;
import io.callweave.options.JobOptions;
import io.callweave.route.RouteSettings;
import io.callweave.stage.Block;
import java.util.ArrayList;
import java.util.List;

/** Blocks as Route cuts them, by the real kernel. */
public final class Blocks {
  private Blocks() {}

  /** The blocks of these calls for Link, as many as if each had come in so many pieces. */
  public static List<Block> of(List<Call> calls, int pieces, JobOptions options) throws Exception {
    List<Block> blocks = new ArrayList<>();
    try (RouteKernel kernel = new RouteSettings(options).openKernel()) {
      for (int piece = 0; piece < pieces; piece++) {
        for (int i = piece; i < calls.size(); i += pieces) {
          kernel.add(0, calls.get(i).json());
        }
        kernel.judge(Long.MIN_VALUE, Long.MAX_VALUE, new AllValid());
        kernel.flush(Long.MAX_VALUE);
        kernel.drain((cell, number, bytes) -> blocks.add(new Block(cell, number, bytes)));
      }
    }
    return blocks;
  }

  private static final class AllValid implements VerdictConsumer {
    @Override
    public void highestStart(int partition, long startMs) {}

    @Override
    public void rejected(int index, RejectReason reason, String detail) {
      throw new AssertionError(reason + ": " + detail);
    }
  }
}
