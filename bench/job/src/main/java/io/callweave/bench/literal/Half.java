package io.callweave.bench.literal;

import java.util.Collection;

/** What is known of a call at one of its addresses, or all that is known of it. A Flink POJO. */
public class Half {
  public Call call;
  public Ref[] parents;
  public Ref[] children;

  public Half() {}

  Half(Call call, Collection<Ref> parents, Collection<Ref> children) {
    this.call = call;
    this.parents = parents.toArray(new Ref[0]);
    this.children = children.toArray(new Ref[0]);
  }

  /** A call as it stands in a list: in order of start, then id. A Flink POJO. */
  public static class Ref implements Comparable<Ref> {
    public long startMs;
    public String id;

    public Ref() {}

    Ref(Call call) {
      this.startMs = call.startMs;
      this.id = call.id;
    }

    @Override
    public int compareTo(Ref other) {
      int byStart = Long.compare(startMs, other.startMs);
      return byStart != 0 ? byStart : Ids.ORDER.compare(id, other.id);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Ref && compareTo((Ref) other) == 0;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(startMs) * 31 + id.hashCode();
    }
  }
}
