package io.callweave.time;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;

/**
 * Runs in the JobManager: keeps the last report of each subtask and sums them up. What it is given
 * and gives are JDK types, which is all that the JobManager can read there.
 *
 * <p>The JobManager keeps the reports over a restart of the tasks, so those of an earlier attempt,
 * and those of a subtask that fell silent, are left out.
 */
final class ReportAggregate implements AggregateFunction<long[], Map<Integer, long[]>, long[]> {
  private static final long serialVersionUID = 1L;

  /** An older report says nothing about now. */
  private static final long FRESH_MS = 5_000;

  private static final int SUBTASK = 0;
  private static final int ATTEMPT = 1;
  private static final int WATERMARK = 2;
  private static final int HOLDS = 3;
  private static final int SILENT_FOR = 4;
  private static final int HIGHEST_START = 5;
  private static final int RECEIVED_AT = 6;

  /** A report as it is sent. */
  static long[] encode(int subtask, int attempt, Peers.Report report) {
    return new long[] {
      subtask,
      attempt,
      report.watermarkMs,
      report.holds ? 1 : 0,
      report.silentForMs,
      report.highestStartMs,
      0
    };
  }

  /** The summary in a result, null if not all of {@code subtasks} are in it. */
  static Peers.Summary decode(long[] result, int subtasks) {
    return result[0] < subtasks ? null : new Peers.Summary(result[1], result[2], result[3]);
  }

  @Override
  public Map<Integer, long[]> createAccumulator() {
    return new HashMap<>();
  }

  @Override
  public Map<Integer, long[]> add(long[] report, Map<Integer, long[]> reports) {
    long[] received = report.clone();
    received[RECEIVED_AT] = Ticks.SYSTEM.nowMs();
    reports.put((int) report[SUBTASK], received);
    return reports;
  }

  @Override
  public long[] getResult(Map<Integer, long[]> reports) {
    return summarize(reports, Ticks.SYSTEM.nowMs());
  }

  static long[] summarize(Map<Integer, long[]> reports, long nowMs) {
    long attempt = reports.values().stream().mapToLong(report -> report[ATTEMPT]).max().orElse(0);
    long heardOf = 0;
    long leastHoldingMs = Long.MAX_VALUE;
    long greatestMs = RouteClock.BEFORE_ALL_MS;
    long silentForMs = Long.MAX_VALUE;
    long highestStartMs = RouteClock.BEFORE_ALL_MS;
    for (long[] report : reports.values()) {
      if (report[ATTEMPT] != attempt || nowMs - report[RECEIVED_AT] > FRESH_MS) {
        continue;
      }
      heardOf++;
      if (report[HOLDS] == 1) {
        leastHoldingMs = Math.min(leastHoldingMs, report[WATERMARK]);
      }
      greatestMs = Math.max(greatestMs, report[WATERMARK]);
      silentForMs = Math.min(silentForMs, report[SILENT_FOR]);
      highestStartMs = Math.max(highestStartMs, report[HIGHEST_START]);
    }
    long slowestWatermarkMs = leastHoldingMs == Long.MAX_VALUE ? greatestMs : leastHoldingMs;
    return new long[] {heardOf, slowestWatermarkMs, silentForMs, highestStartMs};
  }

  @Override
  public Map<Integer, long[]> merge(Map<Integer, long[]> a, Map<Integer, long[]> b) {
    a.putAll(b);
    return a;
  }
}
