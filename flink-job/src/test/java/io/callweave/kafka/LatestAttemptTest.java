package io.callweave.kafka;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.callweave.testing.FakeJobManager;
import org.junit.jupiter.api.Test;

class LatestAttemptTest {
  private final FakeJobManager jobManager = new FakeJobManager();

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
    new LatestAttempt(new FakeJobManager(), "results-0", 0).check();
  }
}
