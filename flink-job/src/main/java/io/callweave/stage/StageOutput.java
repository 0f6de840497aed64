package io.callweave.stage;

import org.apache.flink.util.OutputTag;

/**
 * Where a stage gives what its kernel has made.
 *
 * @param <T> what goes downstream
 */
public interface StageOutput<T> {
  /** Where sums go. */
  OutputTag<Block> SUMS = new OutputTag<>("sums", Block.type());

  /** Sends downstream. */
  void collect(T value);

  /** Sends sums to Windows, beside what goes downstream. */
  void collectSums(Block block);

  /** Sends to a side output of records. */
  void collect(OutputTag<ResultRecord> tag, ResultRecord record);

  /** Takes a block as input of a later bucket of the same stage. */
  void takeBack(Block block) throws Exception;

  /**
   * Keeps a block until its bucket is over, for a kernel that starts anew in between.
   *
   * @throws UnsupportedOperationException if the operator gives its kernels nothing that was kept
   */
  void keep(Block block) throws Exception;
}
