package io.callweave.stage;

import io.callweave.nativelib.Kernel;
import io.callweave.nativelib.KernelMetrics;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** What the operators of stages tell in Flink's UI, below {@code callweave}. */
final class CellMetrics {
  private static final int DELAYS = 1024;

  private final Counter blocksIn = new SimpleCounter();
  private final Counter callsIn = new SimpleCounter();
  private final Counter blocksOut = new SimpleCounter();
  private final Counter cellsFired = new SimpleCounter();
  private final Histogram delayMs = new DescriptiveStatisticsHistogram(DELAYS);

  /** Calls that wait for their cell to fire. */
  final Counter openCalls = new SimpleCounter();

  private KernelMetrics kernelMetrics;

  /** Registers all. */
  void register(MetricGroup operator, Kernel kernel, LongSupplier waitingBytes) {
    MetricGroup group = operator.addGroup("callweave");
    group.counter("blocksIn", blocksIn);
    group.counter("callsIn", callsIn);
    group.counter("blocksOut", blocksOut);
    group.counter("cellsFired", cellsFired);
    group.counter("openCalls", openCalls);
    group.histogram("delayMs", delayMs);
    group.gauge("waitingBytes", (Gauge<Long>) waitingBytes::getAsLong);
    kernelMetrics = new KernelMetrics(group, kernel);
  }

  void received(Block block) {
    blocksIn.inc();
    callsIn.inc(block.calls);
  }

  /** Counts a block that was handed on. */
  void sentBlock() {
    blocksOut.inc();
  }

  /** Counts a cell that is worked, and how long after it was complete, by the wall clock. */
  void cellFired(long afterMs) {
    cellsFired.inc();
    delayMs.update(afterMs);
  }

  /** Takes over what the kernel has counted. */
  void worked() {
    kernelMetrics.update();
  }
}
