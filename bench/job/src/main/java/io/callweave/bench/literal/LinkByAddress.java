package io.callweave.bench.literal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Links the calls of an address a second at a time: what begins in that second, with what is under
 * way in it.
 *
 * <p>A leg is one entry of the state under its second and number, written by one put and read by
 * one get: an iterator over a map in RocksDB is several times slower, and a list in one value would
 * be read and written whole for each call.
 */
final class LinkByAddress extends KeyedProcessFunction<String, Leg, Half> {
  private static final long serialVersionUID = 1L;
  private static final Comparator<Call> BY_START =
      Comparator.<Call>comparingLong(call -> call.startMs)
          .thenComparing(call -> call.id, Ids.ORDER);

  private transient Legs parents;
  private transient Legs children;

  /** The legs of one kind. */
  private static final class Legs {
    private final MapState<Long, Integer> counts;
    private final MapState<Long, Call> calls;

    Legs(MapState<Long, Integer> counts, MapState<Long, Call> calls) {
      this.counts = counts;
      this.calls = calls;
    }

    /** Whether it is the first of its second. */
    boolean add(long second, Call call) throws Exception {
      Integer count = counts.get(second);
      int number = count == null ? 0 : count;
      calls.put(place(second, number), call);
      counts.put(second, number + 1);
      return number == 0;
    }

    List<Call> take(long second) throws Exception {
      List<Call> taken = new ArrayList<>();
      Integer count = counts.get(second);
      for (int number = 0; count != null && number < count; number++) {
        taken.add(calls.get(place(second, number)));
        calls.remove(place(second, number));
      }
      counts.remove(second);
      taken.sort(BY_START);
      return taken;
    }

    private static long place(long second, int number) {
      return second << 24 | number;
    }
  }

  @Override
  public void open(Configuration parameters) {
    parents = legs("parents");
    children = legs("children");
  }

  private Legs legs(String name) {
    return new Legs(
        state(name + "-counts", Types.INT), state(name, TypeInformation.of(Call.class)));
  }

  private <T> MapState<Long, T> state(String name, TypeInformation<T> type) {
    return getRuntimeContext().getMapState(new MapStateDescriptor<>(name, Types.LONG, type));
  }

  @Override
  public void processElement(Leg leg, Context context, Collector<Half> out) throws Exception {
    Call call = leg.call;
    long first = Seconds.of(call.startMs);
    long last = leg.parent ? Seconds.of(call.endMs + 1) : first;
    for (long second = first; second <= last; second++) {
      Legs legs = leg.parent ? parents : children;
      if (legs.add(second, call)) {
        context.timerService().registerEventTimeTimer(Seconds.lastMs(second));
      }
    }
  }

  /** One sweep over the second: parents that are still under way stay in order of their start. */
  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<Half> out)
      throws Exception {
    long second = Seconds.of(timestamp);
    List<Call> ending = parents.take(second);
    List<List<Half.Ref>> found = new ArrayList<>();
    ending.forEach(parent -> found.add(new ArrayList<>()));
    List<Integer> underWay = new ArrayList<>();
    int next = 0;
    for (Call child : children.take(second)) {
      for (; next < ending.size() && ending.get(next).startMs <= child.startMs; next++) {
        underWay.add(next);
      }
      underWay.removeIf(parent -> ending.get(parent).endMs < child.startMs - 1);
      List<Half.Ref> itsParents = new ArrayList<>();
      for (int parent : underWay) {
        Call candidate = ending.get(parent);
        if (candidate.covers(child) && !candidate.equals(child)) {
          itsParents.add(new Half.Ref(candidate));
          found.get(parent).add(new Half.Ref(child));
        }
      }
      out.collect(new Half(child, itsParents, Collections.emptyList()));
    }
    for (int parent = 0; parent < ending.size(); parent++) {
      if (!found.get(parent).isEmpty()) {
        out.collect(new Half(ending.get(parent), Collections.emptyList(), found.get(parent)));
      }
    }
  }
}
