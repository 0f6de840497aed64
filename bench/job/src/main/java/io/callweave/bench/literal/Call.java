package io.callweave.bench.literal;

/** A call. A Flink POJO. */
public class Call {
  /** As it was written, with its quotes. */
  public String id;

  public String src;
  public String dst;
  public long startMs;
  public long endMs;

  /** As it was written. */
  public String latency;

  boolean covers(Call child) {
    return startMs <= child.startMs && endMs >= child.endMs;
  }

  /** A repeat of a call is the same call. */
  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Call)) {
      return false;
    }
    Call call = (Call) other;
    return id.equals(call.id)
        && startMs == call.startMs
        && endMs == call.endMs
        && src.equals(call.src)
        && dst.equals(call.dst);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }
}
