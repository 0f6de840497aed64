package io.callweave.stage;

/**
 * Where a stage gives what its kernel has made.
 *
 * @param <T> what goes downstream
 */
public interface StageOutput<T> {
  /** Sends downstream. */
  void collect(T value);

  /** Takes a block as input of a later bucket of the same stage. */
  void takeBack(Block block) throws Exception;

  /**
   * Keeps a block until its bucket is over, for a kernel that starts anew in between.
   *
   * @throws UnsupportedOperationException if the operator gives its kernels nothing that was kept
   */
  void keep(Block block) throws Exception;
}
