package io.callweave.nativelib;

/** Takes what a Route kernel says of a batch: first the starts, then the rejects in batch order. */
public interface VerdictConsumer {
  /** The highest start of a valid call of this partition in the batch, ms. */
  void highestStart(int partition, long startMs) throws Exception;

  /**
   * A record that was rejected.
   *
   * @param index number of the record in the batch, from 0
   * @param detail what is wrong with it and what would be right
   */
  void rejected(int index, RejectReason reason, String detail) throws Exception;
}
