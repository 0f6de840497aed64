package io.callweave.cells;

import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KernelCounts;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;

/** What Link and Assemble tell in Flink's UI, below {@code callweave}. */
public final class CellMetrics {
  private final Counter blocksIn = new SimpleCounter();
  private final Counter callsIn = new SimpleCounter();
  private final Counter blocksOut = new SimpleCounter();
  private final Counter callsOut = new SimpleCounter();
  private final Counter cellsFired = new SimpleCounter();
  private final Counter links = new SimpleCounter();
  private final Counter duplicates = new SimpleCounter();
  private final Counter truncated = new SimpleCounter();

  /** Calls that wait for their cell to fire. */
  final Counter openCalls = new SimpleCounter();

  /**
   * Registers all.
   *
   * @param callsOutName what the counter of calls that were handed on is called
   */
  void register(
      MetricGroup operator, String callsOutName, CellKernel kernel, LongSupplier waitingBytes) {
    MetricGroup group = operator.addGroup("callweave");
    group.counter("blocksIn", blocksIn);
    group.counter("callsIn", callsIn);
    group.counter("blocksOut", blocksOut);
    group.counter(callsOutName, callsOut);
    group.counter("cellsFired", cellsFired);
    group.counter("links", links);
    group.counter("duplicates", duplicates);
    group.counter("callsWithOmittedLinks", truncated);
    group.counter("openCalls", openCalls);
    group.gauge("waitingBytes", (Gauge<Long>) waitingBytes::getAsLong);
    group.gauge("kernelMs", (Gauge<Long>) () -> kernel.nanos() / 1_000_000);
    group.gauge("nativeBytes", (Gauge<Long>) kernel::memoryBytes);
  }

  void received(Block block) {
    blocksIn.inc();
    callsIn.inc(block.calls);
    openCalls.inc(block.calls);
  }

  /** Counts a block that was handed on. */
  public void sentBlock() {
    blocksOut.inc();
  }

  void cellFired() {
    cellsFired.inc();
  }

  void worked(KernelCounts counts) {
    callsOut.inc(counts.calls());
    links.inc(counts.links());
    duplicates.inc(counts.duplicates());
    truncated.inc(counts.truncated());
  }
}
