package io.callweave.stage;

import io.callweave.nativelib.CellKernel;
import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * A stage of the job that works blocks: what it is called, how its cells are cut, which kernel
 * works them, and what comes out. {@link CellOperator} does the rest for a kernel that keeps
 * nothing, {@link KeyedOperator} for one that learns.
 *
 * @param <K> its kernel
 * @param <T> what comes out
 */
public interface Stage<K extends CellKernel, T> extends Serializable {
  /** The name that Flink's UI shows. */
  String name();

  /** What Flink knows its state by: it never changes. */
  String uid();

  /** How time is cut into cells. Part of the state: a restart with another is refused. */
  CellLayout layout();

  /** How Flink serializes what comes out. */
  TypeInformation<T> outputType();

  /** Opens the kernel. */
  K openKernel();

  /** Hands on all that the kernel gives. */
  void drain(K fired, StageOutput<T> out) throws Exception;

  /** The block in the cell of this stage that it is worked in. */
  default Block place(Block block) {
    return block;
  }

  /** What can be promised downstream once all is worked that a watermark fires. */
  default long promisedMs(long watermarkMs) {
    return watermarkMs;
  }

  /** What its users can do if it cannot keep up, as a sentence for the log. */
  default String whenTooSlow() {
    return "a higher parallelism helps";
  }
}
