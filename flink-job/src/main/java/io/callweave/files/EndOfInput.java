package io.callweave.files;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Runs in the JobManager: in which checkpoint all subtasks of the source have come to their end,
 * and whether one of them knows that all of that is committed.
 *
 * <p>Flink 1.12 commits at checkpoints alone, and makes none once a task has ended: so no subtask
 * may end before that. What it is given and gives are JDK types, which is all that the JobManager
 * can read there. Reports of an earlier attempt are left out.
 */
final class EndOfInput implements AggregateFunction<long[], Map<Integer, long[]>, long[]> {
  private static final long serialVersionUID = 1L;
  static final String NAME = "callweave-end-of-input";
  private static final int SUBTASK = 0;
  private static final int ATTEMPT = 1;
  private static final int CHECKPOINT = 2;
  private static final int COMMITTED = 3;

  /**
   * What a subtask says.
   *
   * @param checkpoint the first one that has its end
   * @param committed whether it knows that all is committed
   */
  static long[] report(int subtask, int attempt, long checkpoint, boolean committed) {
    return new long[] {subtask, attempt, checkpoint, committed ? 1 : 0};
  }

  /** The first checkpoint that has the end of all; null if one of them has not come to it. */
  static Long checkpoint(long[] result, int subtasks) {
    return result[0] < subtasks ? null : result[1];
  }

  static boolean isCommitted(long[] result) {
    return result[2] == 1;
  }

  @Override
  public Map<Integer, long[]> createAccumulator() {
    return new HashMap<>();
  }

  @Override
  public Map<Integer, long[]> add(long[] report, Map<Integer, long[]> reports) {
    reports.put((int) report[SUBTASK], report);
    return reports;
  }

  @Override
  public long[] getResult(Map<Integer, long[]> reports) {
    long attempt = reports.values().stream().mapToLong(report -> report[ATTEMPT]).max().orElse(0);
    long[] result = {0, 0, 0};
    for (long[] report : reports.values()) {
      if (report[ATTEMPT] == attempt) {
        result[0]++;
        result[1] = Math.max(result[1], report[CHECKPOINT]);
        result[2] = Math.max(result[2], report[COMMITTED]);
      }
    }
    return result;
  }

  @Override
  public Map<Integer, long[]> merge(Map<Integer, long[]> a, Map<Integer, long[]> b) {
    a.putAll(b);
    return a;
  }
}
