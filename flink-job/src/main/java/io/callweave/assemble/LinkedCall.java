package io.callweave.assemble;

/** A record of the result topic. A Flink POJO. */
public class LinkedCall {
  /** The call's id, UTF-8, as it was written between the quotes. */
  public byte[] key;

  /** The call with its parents and children, a JSON object in UTF-8. */
  public byte[] value;

  /** For Flink. */
  public LinkedCall() {}

  public LinkedCall(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }
}
