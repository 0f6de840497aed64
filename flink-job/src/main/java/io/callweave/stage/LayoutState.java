package io.callweave.stage;

import io.callweave.cell.CellLayout;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;

/**
 * The layout that the keys of a stage's state were cut by. A restart with another would look for
 * calls where they are not, so it is refused.
 */
public final class LayoutState {
  private final ListState<long[]> stored;
  private final CellLayout layout;

  /** The layout in this store, and that of now. */
  public LayoutState(OperatorStateStore store, CellLayout layout) throws Exception {
    this.layout = layout;
    stored =
        store.getUnionListState(
            new ListStateDescriptor<>(
                "layout", PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
  }

  /**
   * Compares the layout of the state with that of now.
   *
   * @throws RefusedStateException if they differ
   */
  public void check() throws Exception {
    for (long[] then : stored.get()) {
      int at = 0;
      for (Map.Entry<String, Long> option : layout.options().entrySet()) {
        check(option.getKey(), then[at++], option.getValue());
      }
    }
  }

  private static void check(String option, long then, long now) {
    if (then != now) {
      throw new RefusedStateException(
          String.format(
              "the state to restore was written with %s %d, the job was started with %d; start"
                  + " it with --%s %d, or without the state",
              option, then, now, option, then));
    }
  }

  /** Makes the layout of now part of the next checkpoint. */
  public void update() throws Exception {
    stored.clear();
    stored.add(layout.options().values().stream().mapToLong(Long::longValue).toArray());
  }
}
