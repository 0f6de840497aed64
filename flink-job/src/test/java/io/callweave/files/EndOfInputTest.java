package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EndOfInputTest {
  private final EndOfInput end = new EndOfInput();
  private Map<Integer, long[]> reports = end.createAccumulator();

  private long[] report(int subtask, int attempt, long checkpoint, boolean committed) {
    reports = end.add(EndOfInput.report(subtask, attempt, checkpoint, committed), reports);
    return end.getResult(reports);
  }

  @Test
  void theEndIsInTheCheckpointInWhichTheLastSubtaskHasCome() {
    assertThat(EndOfInput.checkpoint(report(0, 0, 7, false), 2)).isNull();
    assertThat(EndOfInput.checkpoint(report(0, 0, 7, false), 2)).isNull();
    assertThat(EndOfInput.checkpoint(report(1, 0, 5, false), 2)).isEqualTo(7);
  }

  @Test
  void oneSubtaskThatKnowsThatAllIsCommittedIsEnough() {
    report(0, 0, 7, false);
    assertThat(EndOfInput.isCommitted(report(1, 0, 5, false))).isFalse();
    report(0, 0, 7, true);
    assertThat(EndOfInput.isCommitted(report(1, 0, 5, false))).isTrue();
  }

  @Test
  void whatAnEarlierAttemptSaidDoesNotCount() {
    report(0, 0, 7, true);
    report(1, 0, 5, true);
    long[] restarted = report(1, 1, 12, false);
    assertThat(EndOfInput.checkpoint(restarted, 2)).isNull();
    assertThat(EndOfInput.isCommitted(restarted)).isFalse();
  }
}
