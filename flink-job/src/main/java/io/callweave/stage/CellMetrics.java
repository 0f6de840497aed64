package io.callweave.stage;

import io.callweave.nativelib.Kernel;
import io.callweave.nativelib.KernelMetrics;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;

/** What the operators of stages tell in Flink's UI, below {@code callweave}. */
final class CellMetrics {
  private final Counter blocksIn = new SimpleCounter();
  private final Counter callsIn = new SimpleCounter();
  private final Counter blocksOut = new SimpleCounter();
  private final Counter cellsFired = new SimpleCounter();

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

  void cellFired() {
    cellsFired.inc();
  }

  /** Takes over what the kernel has counted. */
  void worked() {
    kernelMetrics.update();
  }
}
