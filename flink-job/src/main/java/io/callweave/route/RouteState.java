package io.callweave.route;

import io.callweave.time.RouteClock;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;

/**
 * What Route keeps in its operator state, as a union: every subtask of the next run sees all of it.
 *
 * <p>Per subtask its watermark, of which the next run takes the least; per partition where reading
 * was and the highest start.
 */
final class RouteState {
  private final ListState<long[]> watermarks;
  private final ListState<long[]> partitions;

  RouteState(OperatorStateStore store) throws Exception {
    watermarks = store.getUnionListState(longs("watermarks"));
    partitions = store.getUnionListState(longs("partitions"));
  }

  private static ListStateDescriptor<long[]> longs(String name) {
    return new ListStateDescriptor<>(name, PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO);
  }

  /** The watermark of the earlier run, {@link RouteClock#BEFORE_ALL_MS} if there was none. */
  long watermarkMs() throws Exception {
    long least = Long.MAX_VALUE;
    for (long[] watermark : watermarks.get()) {
      least = Math.min(least, watermark[0]);
    }
    return least == Long.MAX_VALUE ? RouteClock.BEFORE_ALL_MS : least;
  }

  /** Partition, reached offset and highest start of each partition of the earlier run. */
  Iterable<long[]> partitions() throws Exception {
    return partitions.get();
  }

  void update(RouteClock clock) throws Exception {
    watermarks.clear();
    watermarks.add(new long[] {clock.watermarkMs()});
    List<long[]> entries = new ArrayList<>();
    clock.snapshot(
        (partition, reached, highestStartMs) ->
            entries.add(new long[] {partition, reached, highestStartMs}));
    partitions.update(entries);
  }
}
