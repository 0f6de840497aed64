package io.callweave.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.nativelib.RejectReason;
import io.callweave.nativelib.RouteKernel;
import io.callweave.options.JobOptions;
import io.callweave.testing.RecordedMetrics;
import java.util.Collections;
import org.apache.flink.metrics.Counter;
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
}
