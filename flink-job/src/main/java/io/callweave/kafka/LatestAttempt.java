package io.callweave.kafka;

import java.io.IOException;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;

/**
 * Asks the JobManager whether a later attempt of the job has begun.
 *
 * <p>A subtask that stood still while it started goes on as if it were the latest. It asks twice:
 * before and after it is given a {@link Generation}. If the second answer is that it is the latest,
 * each later attempt has yet to ask, so its generation is a later one.
 */
final class LatestAttempt {
  private static final String NAME = "callweave-attempt-";

  private final GlobalAggregateManager jobManager;
  private final String name;
  private final int attempt;

  /**
   * For one subtask.
   *
   * @param subtask a name that no other subtask of the job has
   */
  LatestAttempt(GlobalAggregateManager jobManager, String subtask, int attempt) {
    this.jobManager = jobManager;
    this.name = NAME + subtask;
    this.attempt = attempt;
  }

  /**
   * Tells the JobManager of this attempt.
   *
   * @throws IllegalStateException if there is a later one
   * @throws IOException if the JobManager does not answer
   */
  void check() throws IOException {
    int latest = jobManager.updateGlobalAggregate(name, attempt, new Latest());
    if (latest > attempt) {
      throw new IllegalStateException(
          String.format("attempt %d of the job goes on after attempt %d began", attempt, latest));
    }
  }

  /** The highest number. Only types of the JDK: the JobManager does not know those of the job. */
  private static final class Latest implements AggregateFunction<Integer, Integer, Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer createAccumulator() {
      return -1;
    }

    @Override
    public Integer add(Integer attempt, Integer latest) {
      return Math.max(attempt, latest);
    }

    @Override
    public Integer getResult(Integer latest) {
      return latest;
    }

    @Override
    public Integer merge(Integer one, Integer other) {
      return Math.max(one, other);
    }
  }
}
