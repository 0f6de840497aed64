package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a kernel is said to be too slow. */
class PaceWatchTest {
  private final PaceWatch watch = new PaceWatch();
  private long nowNs = -7;
  private long watermarkMs = 1_000_000;

  @BeforeEach
  void begin() {
    assertThat(watch.tooSlow(nowNs, watermarkMs)).isZero();
  }

  @Test
  void aKernelThatIsAlwaysAtWorkAndFallsBehindIsTooSlow() {
    assertThat(minute(59, 55)).isEqualTo(92);
  }

  @Test
  void aKernelThatWorksABacklogIsNot() {
    assertThat(minute(600, 59)).isZero();
  }

  @Test
  void aKernelThatWaitsForItsInputIsNot() {
    assertThat(minute(30, 5)).isZero();
  }

  @Test
  void beforeTheMinuteIsOverNothingIsSaid() {
    watch.worked(PaceWatch.PERIOD_NS - 1);
    assertThat(watch.tooSlow(nowNs + PaceWatch.PERIOD_NS - 1, watermarkMs)).isZero();
  }

  @Test
  void itIsSaidAgainAfterTenMinutes() {
    int said = 0;
    for (int minute = 0; minute < 21; minute++) {
      said += minute(10, 59) > 0 ? 1 : 0;
    }
    assertThat(said).isEqualTo(3);
  }

  /** A minute in which event time goes on by so many seconds, and the kernel works for so many. */
  private int minute(int eventSeconds, int workSeconds) {
    nowNs += PaceWatch.PERIOD_NS;
    watermarkMs += TimeUnit.SECONDS.toMillis(eventSeconds);
    watch.worked(TimeUnit.SECONDS.toNanos(workSeconds));
    return watch.tooSlow(nowNs, watermarkMs);
  }
}
