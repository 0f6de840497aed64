package io.callweave.nativelib;

/** Takes the records that an Assemble kernel gives. */
@FunctionalInterface
public interface RecordConsumer {
  /** Takes one record; the arrays are the consumer's own from then on. */
  void accept(byte[] key, byte[] value) throws Exception;
}
