package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.cell.CellLayout;
import java.util.IntSummaryStatistics;
import java.util.stream.IntStream;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvenKeysTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 7, 16, 31})
  void noSubtaskHasTwoGroupsMoreThanAnother(int groups) {
    for (int subtasks = 1; subtasks <= 2 * groups; subtasks++) {
      IntSummaryStatistics groupsOf = groupsOfSubtasks(groups, subtasks);
      assertThat(groupsOf.getMax() - groupsOf.getMin())
          .as("%d groups over %d subtasks", groups, subtasks)
          .isLessThan(2);
    }
  }

  /** Flink's key groups are too few to divide so many groups without a rest. */
  @ParameterizedTest
  @ValueSource(ints = {64, 128, 256})
  void ofManyGroupsNoSubtaskHasTwoMoreThanItsShare(int groups) {
    for (int subtasks = 1; subtasks <= 2 * groups; subtasks++) {
      int share = (groups + subtasks - 1) / subtasks;
      assertThat(groupsOfSubtasks(groups, subtasks).getMax())
          .as("%d groups over %d subtasks", groups, subtasks)
          .isLessThan(share + 2);
    }
  }

  private static IntSummaryStatistics groupsOfSubtasks(int groups, int subtasks) {
    EvenKeys keys = new EvenKeys(new CellLayout(1000, "ip-groups", groups));
    int[] groupsOf = new int[subtasks];
    for (int group = 0; group < groups; group++) {
      groupsOf[subtaskOf(keys.ofGroup(group), subtasks)]++;
    }
    return IntStream.of(groupsOf).summaryStatistics();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 256})
  void aKeyIsThatOfItsGroupInEveryBucket(int groups) {
    CellLayout layout = new CellLayout(1000, "ip-groups", groups);
    EvenKeys keys = new EvenKeys(layout);
    for (int group = 0; group < groups; group++) {
      assertThat(keys.group(keys.ofGroup(group))).isEqualTo(group);
      for (long bucket : new long[] {0, 1, 1_700_000_000}) {
        Block block = new Block(layout.cell(bucket, group), 0, new byte[0]);
        assertThat(keys.getKey(block)).isEqualTo(keys.ofGroup(group));
        assertThat(layout.bucketOf(block.cell)).isEqualTo(bucket);
      }
    }
  }

  private static int subtaskOf(long key, int subtasks) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(
        key, EvenKeys.MAX_PARALLELISM, subtasks);
  }
}
