package io.callweave.cells;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ForesightTest {
  private static final long NOBODY_KNOWS = Long.MAX_VALUE;

  private final Foresight foresight = new Foresight();

  @Test
  void beforeTheSecondBarrierNothingIsForeseen() {
    assertThat(foresight.nextBarrierAtMost(1_000, 0)).isEqualTo(NOBODY_KNOWS);
    foresight.barrier(1_000, 0);
    assertThat(foresight.nextBarrierAtMost(2_000, 1_000)).isEqualTo(NOBODY_KNOWS);
  }

  @Test
  void aLiveStreamComesAThirdFurtherThanTheTimeThatIsLeftAtMost() {
    foresight.barrier(1_000_000, 0);
    foresight.barrier(1_010_000, 10_000);
    assertThat(foresight.nextBarrierAtMost(1_014_000, 14_000)).isEqualTo(1_021_800);
  }

  @Test
  void aCatchUpComesAsMuchFurtherAsItIsFaster() {
    foresight.barrier(1_000_000, 0);
    foresight.barrier(5_000_000, 10_000);
    assertThat(foresight.nextBarrierAtMost(5_400_000, 11_000)).isEqualTo(10_080_000);
  }

  @Test
  void aBarrierThatIsOverdueComesAtOnce() {
    foresight.barrier(1_000_000, 0);
    foresight.barrier(1_010_000, 10_000);
    assertThat(foresight.nextBarrierAtMost(1_025_000, 25_000)).isEqualTo(1_025_000);
  }

  @Test
  void withoutAWatermarkNothingIsForeseen() {
    foresight.barrier(Long.MIN_VALUE, 0);
    foresight.barrier(Long.MIN_VALUE, 10_000);
    assertThat(foresight.nextBarrierAtMost(1_000, 11_000)).isEqualTo(NOBODY_KNOWS);
  }
}
