package io.callweave.options;

import java.util.ArrayList;
import java.util.List;

/** Options that are each right and do not go well together. */
public final class OptionWarnings {
  private OptionWarnings() {}

  /** What to tell the user, a sentence each; empty where there is nothing to tell. */
  public static List<String> of(JobOptions options) {
    List<String> warnings = new ArrayList<>();
    long waitMs = options.maxOutOfOrderMs();
    if (options.maxLatencyMs() > waitMs) {
      warnings.add(
          String.format(
              "--max-latency-ms %d is above --max-out-of-order-ms %d: a call that is logged at its"
                  + " end, as most are, is late if it took longer than %<d ms. Raise"
                  + " --max-out-of-order-ms to %1$d plus what a record takes from there to Kafka, or"
                  + " lower --max-latency-ms",
              options.maxLatencyMs(), waitMs));
      waitMs = options.maxLatencyMs();
    }
    if (options.idleFlushMs() < waitMs) {
      warnings.add(
          String.format(
              "--idle-flush-ms %d is below the %d ms for which a call may still come: such a"
                  + " silence of the topic makes calls late that would be in time without it. Raise"
                  + " --idle-flush-ms to %<d, or leave it if nothing comes after such a silence",
              options.idleFlushMs(), waitMs));
    }
    if (options.exactlyOnce() && options.outputs().writesTo(SinkKind.ROCKETMQ)) {
      warnings.add(
          String.format(
              "--sink %s writes to RocketMQ, which takes records at least once: after a failure some"
                  + " are there again. --delivery exactly-once holds for outputs in Kafka alone; set"
                  + " --delivery at-least-once where there are none",
              options.get(JobOptionTable.SINK)));
    }
    return warnings;
  }
}
