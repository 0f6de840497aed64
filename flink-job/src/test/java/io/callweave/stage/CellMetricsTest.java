package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.link.LinkStage;
import io.callweave.nativelib.CellKernel;
import io.callweave.options.JobOptions;
import io.callweave.testing.RecordedMetrics;
import java.util.Collections;
import org.apache.flink.metrics.Histogram;
import org.junit.jupiter.api.Test;

class CellMetricsTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());

  @Test
  void theDelaysOfTheCellsThatFiredLastAreSpreadOut() {
    RecordedMetrics recorded = new RecordedMetrics();
    try (CellKernel kernel = new LinkStage(OPTIONS).openKernel()) {
      CellMetrics metrics = new CellMetrics();
      metrics.register(recorded, kernel, () -> 0);
      for (long delayMs = 1; delayMs <= 100; delayMs++) {
        metrics.cellFired(delayMs * 1000);
      }
      Histogram delays = (Histogram) recorded.get("callweave.delayMs");
      assertThat(delays.getCount()).isEqualTo(100);
      assertThat(delays.getStatistics().getQuantile(0.5)).isBetween(50_000.0, 51_000.0);
      assertThat(delays.getStatistics().getMax()).isEqualTo(100_000);
    }
  }
}
