package io.callweave.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * Time and CPU time of this process from when the first subtask of a source begins to when the last
 * subtask of a sink is through: to start and stop a cluster is no part of it.
 */
final class Stopwatch {
  private static final double NANOS = 1e9;
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static boolean running;
  private static long beganNanos;
  private static long beganCpuNanos;
  private static long endedNanos;
  private static long endedCpuNanos;

  private Stopwatch() {}

  static synchronized void reset() {
    running = false;
  }

  static synchronized void sourceBegins() {
    if (!running) {
      running = true;
      beganNanos = System.nanoTime();
      beganCpuNanos = SYSTEM.getProcessCpuTime();
    }
  }

  static synchronized void sinkIsThrough() {
    endedNanos = System.nanoTime();
    endedCpuNanos = SYSTEM.getProcessCpuTime();
  }

  static synchronized double wallS() {
    return (endedNanos - beganNanos) / NANOS;
  }

  static synchronized double cpuS() {
    return (endedCpuNanos - beganCpuNanos) / NANOS;
  }
}
