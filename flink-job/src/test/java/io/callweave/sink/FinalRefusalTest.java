package io.callweave.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.testing.FakeJobManager;
import org.apache.flink.runtime.throwable.ThrowableClassifier;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.junit.jupiter.api.Test;

class FinalRefusalTest {
  private final FakeJobManager jobManager = new FakeJobManager();

  @Test
  void theNextAttemptEndsWithTheFirstSentenceThatWasLeft() throws Exception {
    new FinalRefusal(jobManager, "results").leave(new RefusedRecordException("too large"));
    new FinalRefusal(jobManager, "results").leave(new RefusedRecordException("too large, too"));
    assertThatExceptionOfType(RefusedRecordException.class)
        .isThrownBy(() -> new FinalRefusal(jobManager, "results").check())
        .withMessage("too large");
  }

  @Test
  void anAttemptForWhichNothingWasLeftGoesOn() throws Exception {
    new FinalRefusal(jobManager, "results").leave(new RefusedRecordException("too large"));
    new FinalRefusal(jobManager, "rejects").check();
    new FinalRefusal(new FakeJobManager(), "results").check();
  }

  @Test
  void flinkRestartsNoJobForARefusedRecord() {
    assertThat(ThrowableClassifier.getThrowableType(new RefusedRecordException("too large")))
        .isEqualTo(ThrowableType.NonRecoverableError);
  }
}
