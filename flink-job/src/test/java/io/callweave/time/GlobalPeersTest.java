package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobalPeersTest {
  @ParameterizedTest
  @CsvSource({"1, 250", "25, 250", "50, 500", "100, 1000", "720, 1000"})
  void newsComeOftenerInACatchUpAndNeverLessOften(int subtasks, long periodMs) {
    assertThat(GlobalPeers.periodMs(subtasks, true)).isEqualTo(periodMs);
    assertThat(GlobalPeers.periodMs(subtasks, false)).isEqualTo(GlobalPeers.PERIOD_MS);
  }
}
