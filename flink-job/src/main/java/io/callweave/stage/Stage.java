package io.callweave.stage;

import io.callweave.cell.CellLayout;
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
public abstract class Stage<K extends CellKernel, T> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final String uid;
  private final CellLayout layout;
  private final TypeInformation<T> outputType;

  /**
   * What all stages have.
   *
   * @param name the name that Flink's UI shows
   * @param uid what Flink knows its state by: it never changes
   * @param layout how time is cut into cells; part of the state: a restart with another is refused
   * @param outputType how Flink serializes what comes out
   */
  protected Stage(String name, String uid, CellLayout layout, TypeInformation<T> outputType) {
    this.name = name;
    this.uid = uid;
    this.layout = layout;
    this.outputType = outputType;
  }

  /** The name that Flink's UI shows. */
  public final String name() {
    return name;
  }

  /** What Flink knows its state by. */
  public final String uid() {
    return uid;
  }

  /** How time is cut into cells. */
  public final CellLayout layout() {
    return layout;
  }

  /** How Flink serializes what comes out. */
  public final TypeInformation<T> outputType() {
    return outputType;
  }

  /** Opens the kernel. */
  public abstract K openKernel();

  /** Hands on all that the kernel gives. */
  public abstract void drain(K fired, StageOutput<T> out) throws Exception;

  /** The block in the cell of this stage that it is worked in. */
  public Block place(Block block) {
    return block;
  }

  /** What can be promised downstream once all is worked that a watermark fires. */
  public long promisedMs(long watermarkMs) {
    return watermarkMs;
  }

  /** What its users can do if it cannot keep up, as a sentence for the log. */
  public String whenTooSlow() {
    return "a higher parallelism helps";
  }
}
