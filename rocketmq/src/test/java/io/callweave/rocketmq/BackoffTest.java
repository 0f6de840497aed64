package io.callweave.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsDoubleFromATenthOfASecondToTenSecondsAndBeginAnewAfterAnAnswer() {
    Backoff backoff = new Backoff();
    long[] waitsMs = new long[9];
    for (int i = 0; i < waitsMs.length; i++) {
      waitsMs[i] = backoff.failed();
    }
    assertThat(waitsMs).containsExactly(100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000);
    backoff.reset();
    assertThat(backoff.failed()).isEqualTo(100);
  }
}
