package io.callweave.route;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.nativelib.RejectReason;
import io.callweave.nativelib.RouteKernel;
import io.callweave.options.JobOptions;
import io.callweave.testing.RecordedMetrics;
import io.callweave.time.RouteClock;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.junit.jupiter.api.Test;

class RouteMetricsTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());

  /** So the reason is a label in Prometheus, and a share of all rejects is one query. */
  @Test
  void rejectsAreCountedUnderOneNameWithTheReasonAsAKey() {
    RecordedMetrics recorded = new RecordedMetrics();
    try (RouteKernel kernel = new RouteSettings(OPTIONS).openKernel()) {
      RouteMetrics metrics = new RouteMetrics(recorded, kernel);
      metrics.rejected(RejectReason.TOO_LONG);
      for (RejectReason reason : RejectReason.values()) {
        String name = "callweave.reason=" + reason.label() + ".rejected";
        assertThat(((Counter) recorded.get(name)).getCount())
            .isEqualTo(reason == RejectReason.TOO_LONG ? 1 : 0);
      }
    }
  }

  /**
   * A subtask without calls has a watermark all the same: the others', or that of an earlier run.
   */
  @Test
  void theLagIsUnknownUntilAWatermarkAndAStartAre() {
    RecordedMetrics recorded = new RecordedMetrics();
    try (RouteKernel kernel = new RouteSettings(OPTIONS).openKernel()) {
      RouteMetrics metrics = new RouteMetrics(recorded, kernel);
      assertThat(lags(recorded)).containsExactly(-1L, -1L);
      RouteClock clock = new RouteClock(new RouteSettings(OPTIONS).clock(), 7_000);
      metrics.watermark(clock);
      assertThat(lags(recorded).get(0)).isEqualTo(-1L);
      assertThat(lags(recorded).get(1)).isPositive();
      clock.saw(0, 9_000, 1);
      metrics.watermark(clock);
      assertThat(lags(recorded).get(0)).isEqualTo(2_000L);
    }
  }

  private static List<Long> lags(RecordedMetrics recorded) {
    return Stream.of("callweave.watermarkLagMs", "callweave.wallClockLagMs")
        .map(name -> ((Gauge<?>) recorded.get(name)).getValue())
        .map(Long.class::cast)
        .collect(toList());
  }
}
