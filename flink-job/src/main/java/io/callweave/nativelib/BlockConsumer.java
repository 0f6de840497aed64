package io.callweave.nativelib;

/** Takes the blocks that a Route or Link kernel gives. */
@FunctionalInterface
public interface BlockConsumer {
  /**
   * Takes one block, which is the consumer's own from then on.
   *
   * @param cell key of the cell that the block goes to
   * @param calls number of calls in the block
   */
  void accept(long cell, int calls, byte[] block) throws Exception;
}
