package io.callweave.nativelib;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** What a kernel counts, how long it works and how much memory it holds, in Flink's UI. */
public final class KernelMetrics {
  private final Kernel kernel;
  private final List<Counter> counters = new ArrayList<>();

  /** Registers all. */
  public KernelMetrics(MetricGroup group, Kernel kernel) {
    this.kernel = kernel;
    for (String name : kernel.counterNames()) {
      counters.add(group.counter(name));
    }
    group.gauge("kernelMs", (Gauge<Long>) () -> kernel.nanos() / 1_000_000);
    group.gauge("nativeBytes", (Gauge<Long>) kernel::memoryBytes);
  }

  /** Takes over what the kernel has counted since the last time. */
  public void update() {
    long[] counts = kernel.takeCounts();
    for (int i = 0; i < counts.length; i++) {
      counters.get(i).inc(counts[i]);
    }
  }
}
