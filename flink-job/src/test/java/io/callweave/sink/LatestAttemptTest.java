package io.callweave.sink;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.junit.jupiter.api.Test;

class LatestAttemptTest {
  private final JobManager jobManager = new JobManager();

  private LatestAttempt attempt(String subtask, int number) {
    return new LatestAttempt(jobManager, subtask, number);
  }

  @Test
  void anAttemptThatGoesOnAfterALaterOneHasAskedIsRefused() throws Exception {
    LatestAttempt replaced = attempt("results-0", 3);
    replaced.check();
    attempt("results-0", 4).check();
    assertThatIllegalStateException()
        .isThrownBy(replaced::check)
        .withMessage("attempt 3 of the job goes on after attempt 4 began");
    attempt("results-0", 4).check();
  }

  @Test
  void subtasksAndSinksDoNotDisturbEachOther() throws Exception {
    attempt("results-0", 4).check();
    attempt("results-1", 3).check();
    attempt("rejects-0", 0).check();
  }

  @Test
  void aJobManagerThatCountsFromZeroAgainKnowsNothingOfTheAttemptsBefore() throws Exception {
    attempt("results-0", 4).check();
    new LatestAttempt(new JobManager(), "results-0", 0).check();
  }

  /** Keeps aggregates as the JobManager does. */
  private static final class JobManager implements GlobalAggregateManager {
    private final Map<String, Object> accumulators = new HashMap<>();

    @Override
    @SuppressWarnings("unchecked")
    public <I, A, O> O updateGlobalAggregate(
        String name, Object value, AggregateFunction<I, A, O> function) {
      A before = (A) accumulators.computeIfAbsent(name, none -> function.createAccumulator());
      A after = function.add((I) value, before);
      accumulators.put(name, after);
      return function.getResult(after);
    }
  }
}
