package io.callweave.clock;

import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/** Peers that meet in the JobManager. */
public final class GlobalPeers implements Peers {
  private static final String NAME = "callweave-clock";
  private static final long PERIOD_MS = 1_000;

  /** In a catch-up a subtask reads as far ahead as the others have come since the last exchange. */
  private static final long CATCH_UP_PERIOD_MS = 250;

  /** The JobManager gets no more than so many reports a second. */
  private static final int MOST_REPORTS_PER_S = 100;

  private final GlobalAggregateManager aggregates;
  private final int subtask;
  private final int subtasks;
  private final int attempt;
  private final Ticker ticker;

  private long exchangedAtMs;
  private volatile Report report;
  private volatile Summary summary;
  private volatile long heardAtMs;

  /** Starts to exchange reports. */
  public GlobalPeers(StreamingRuntimeContext context) {
    aggregates = context.getGlobalAggregateManager();
    subtask = context.getIndexOfThisSubtask();
    subtasks = context.getNumberOfParallelSubtasks();
    attempt = context.getAttemptNumber();
    ticker =
        new Ticker(
                "exchange event time with the other subtasks", CATCH_UP_PERIOD_MS, this::exchange)
            .start();
  }

  private void exchange() throws Exception {
    Report current = report;
    long nowMs = System.currentTimeMillis();
    if (current != null && nowMs - exchangedAtMs >= periodMs(current, nowMs)) {
      exchangedAtMs = nowMs;
      long[] sent = ReportAggregate.encode(subtask, attempt, current);
      long[] result = aggregates.updateGlobalAggregate(NAME, sent, new ReportAggregate());
      summary = ReportAggregate.decode(result, subtasks);
      heardAtMs = System.currentTimeMillis();
    }
  }

  private long periodMs(Report current, long nowMs) {
    return CatchUp.isBehind(current.watermarkMs, nowMs)
        ? Math.max(CATCH_UP_PERIOD_MS, subtasks * 1_000L / MOST_REPORTS_PER_S)
        : PERIOD_MS;
  }

  @Override
  public void tell(Report latest) {
    report = latest;
  }

  @Override
  public Summary latest() {
    boolean fresh = System.currentTimeMillis() - heardAtMs <= RouteClock.FRESH_MS;
    return fresh ? summary : null;
  }

  @Override
  public void close() {
    ticker.close();
  }
}
