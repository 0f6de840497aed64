package io.callweave.stage;

import io.callweave.cell.CellLayout;
import java.util.Arrays;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * Keys for the groups of a layout, one each whatever the bucket, chosen so that Flink spreads them
 * evenly over the subtasks at every parallelism. Left to its hash, some subtasks would have three
 * of sixteen groups and others none.
 */
public final class EvenKeys implements KeySelector<Block, Long> {
  /** The parallelism that a keyed stage can have at most. Part of the state. */
  public static final int MAX_PARALLELISM = 720;

  private static final long serialVersionUID = 1L;

  private final CellLayout layout;
  private final long[] keys;

  /** Keys for the groups of a layout. */
  public EvenKeys(CellLayout layout) {
    this.layout = layout;
    keys = new long[layout.groups()];
    for (int group = 0; group < keys.length; group++) {
      keys[group] = keyIn(keyGroup(group, keys.length), group == 0 ? 0 : keys[group - 1] + 1);
    }
  }

  /** The groups lie as far from each other as they can in the range of Flink's key groups. */
  private static int keyGroup(int group, int groups) {
    return (int) ((2L * group + 1) * MAX_PARALLELISM / (2L * groups));
  }

  /** The first key from {@code first} on that Flink puts into this key group. */
  private static long keyIn(int keyGroup, long first) {
    long key = first;
    while (KeyGroupRangeAssignment.assignToKeyGroup(key, MAX_PARALLELISM) != keyGroup) {
      key++;
    }
    return key;
  }

  /** The key of a group. */
  long ofGroup(int group) {
    return keys[group];
  }

  /** The group of a key. */
  int group(long key) {
    // They are in ascending order.
    return Arrays.binarySearch(keys, key);
  }

  @Override
  public Long getKey(Block block) {
    return ofGroup(layout.groupOf(block.cell));
  }
}
