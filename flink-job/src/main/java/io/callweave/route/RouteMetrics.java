package io.callweave.route;

import io.callweave.nativelib.KernelMetrics;
import io.callweave.nativelib.RejectReason;
import io.callweave.nativelib.RouteKernel;
import io.callweave.time.HoldUp;
import io.callweave.time.RouteClock;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** What Route tells in Flink's UI, below {@code callweave}. */
final class RouteMetrics {
  private final Counter read;
  private final KernelMetrics kernelMetrics;
  private final Map<RejectReason, Counter> rejected = new EnumMap<>(RejectReason.class);
  private final Counter blocksOut;
  private final Counter callsOut;
  private volatile long watermarkMs = RouteClock.BEFORE_ALL_MS;
  private volatile long highestStartMs = RouteClock.BEFORE_ALL_MS;
  private volatile int heldBackBy = HoldUp.NONE;
  private volatile long heldBackMs;
  private volatile long heldBackForMs;
  private volatile int setAside;
  private volatile boolean waits;

  RouteMetrics(MetricGroup operator, RouteKernel kernel) {
    MetricGroup group = operator.addGroup("callweave");
    read = group.counter("read");
    for (RejectReason reason : RejectReason.values()) {
      // A pair of key and value is a label in Prometheus, where reasons are summed and compared.
      rejected.put(reason, group.addGroup("reason", reason.label()).counter("rejected"));
    }
    blocksOut = group.counter("blocksOut");
    callsOut = group.counter("callsOut");
    group.gauge("watermarkLagMs", (Gauge<Long>) () -> behind(highestStartMs));
    group.gauge("wallClockLagMs", (Gauge<Long>) () -> behind(System.currentTimeMillis()));
    group.gauge("heldBackByPartition", (Gauge<Integer>) () -> heldBackBy);
    group.gauge("heldBackMs", (Gauge<Long>) () -> heldBackMs);
    group.gauge("heldBackForMs", (Gauge<Long>) () -> heldBackForMs);
    group.gauge("partitionsSetAside", (Gauge<Integer>) () -> setAside);
    group.gauge("waitsForOthers", (Gauge<Integer>) () -> waits ? 1 : 0);
    kernelMetrics = new KernelMetrics(group, kernel);
  }

  /** How far the watermark is behind, -1 while there is none, or no start yet to measure it by. */
  private long behind(long timeMs) {
    boolean isKnown = watermarkMs != RouteClock.BEFORE_ALL_MS && timeMs != RouteClock.BEFORE_ALL_MS;
    return isKnown ? timeMs - watermarkMs : -1;
  }

  void judged(int records) {
    read.inc(records);
    kernelMetrics.update();
  }

  void rejected(RejectReason reason) {
    rejected.get(reason).inc();
  }

  void sentBlock(int calls) {
    blocksOut.inc();
    callsOut.inc(calls);
  }

  /** Says whether the subtask is ahead of the others and waits. */
  void waits(boolean waits) {
    this.waits = waits;
  }

  void watermark(RouteClock clock) {
    watermarkMs = clock.watermarkMs();
    highestStartMs = clock.highestStartMs();
  }

  /** Which partitions hold time back or no longer do, at a moment of the operator's ticks. */
  void time(RouteClock clock, long tickMs) {
    HoldUp holdUp = clock.holdUp();
    heldBackBy = holdUp.partition();
    heldBackMs = holdUp.behindMs();
    heldBackForMs = holdUp.forMs(tickMs);
    setAside = clock.setAside(tickMs).size();
  }
}
