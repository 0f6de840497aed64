package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CheckpointForecastTest {
  private static final long NOBODY_KNOWS = Long.MAX_VALUE;

  private final CheckpointForecast forecast = new CheckpointForecast();

  @Test
  void beforeTheSecondBarrierNothingIsForeseen() {
    assertThat(forecast.nextBarrierAtMost(1_000, 0)).isEqualTo(NOBODY_KNOWS);
    forecast.barrier(1_000, 0);
    assertThat(forecast.nextBarrierAtMost(2_000, 1_000)).isEqualTo(NOBODY_KNOWS);
  }

  @Test
  void aLiveStreamComesAThirdFurtherThanTheTimeThatIsLeftAtMost() {
    forecast.barrier(1_000_000, 0);
    forecast.barrier(1_010_000, 10_000);
    assertThat(forecast.nextBarrierAtMost(1_014_000, 14_000)).isEqualTo(1_021_800);
  }

  @Test
  void aCatchUpComesAsMuchFurtherAsItIsFaster() {
    forecast.barrier(1_000_000, 0);
    forecast.barrier(5_000_000, 10_000);
    assertThat(forecast.nextBarrierAtMost(5_400_000, 11_000)).isEqualTo(10_080_000);
  }

  @Test
  void aBarrierThatIsOverdueComesAtOnce() {
    forecast.barrier(1_000_000, 0);
    forecast.barrier(1_010_000, 10_000);
    assertThat(forecast.nextBarrierAtMost(1_025_000, 25_000)).isEqualTo(1_025_000);
  }

  @Test
  void withoutAWatermarkNothingIsForeseen() {
    forecast.barrier(Long.MIN_VALUE, 0);
    forecast.barrier(Long.MIN_VALUE, 10_000);
    assertThat(forecast.nextBarrierAtMost(1_000, 11_000)).isEqualTo(NOBODY_KNOWS);
  }
}
