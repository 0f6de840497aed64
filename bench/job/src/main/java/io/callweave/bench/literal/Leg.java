package io.callweave.bench.literal;

/** A call at one of its addresses. A Flink POJO. */
public class Leg {
  public String address;

  /** Whether the call ended here, so that it may be a parent of what began here. */
  public boolean parent;

  public Call call;

  public Leg() {}

  Leg(String address, boolean parent, Call call) {
    this.address = address;
    this.parent = parent;
    this.call = call;
  }
}
