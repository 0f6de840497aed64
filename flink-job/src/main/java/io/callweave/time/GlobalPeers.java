package io.callweave.time;

import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;

/** Peers that meet in the JobManager. */
public final class GlobalPeers implements Peers {
  private static final String NAME = "callweave-clock";
  static final long PERIOD_MS = 1_000;

  /** In a catch-up a subtask reads as far ahead as the others have come since the last exchange. */
  private static final long CATCH_UP_PERIOD_MS = 250;

  /** Reports a second above which the JobManager gets none oftener than outside of a catch-up. */
  private static final int MAX_REPORTS_PER_S = 100;

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
  public GlobalPeers(StreamingRuntimeContext context, AsyncExceptionHandler task) {
    aggregates = context.getGlobalAggregateManager();
    subtask = context.getIndexOfThisSubtask();
    subtasks = context.getNumberOfParallelSubtasks();
    attempt = context.getAttemptNumber();
    exchangedAtMs = Ticks.SYSTEM.nowMs() - PERIOD_MS;
    ticker =
        new Ticker(
                "exchange event time with the other subtasks",
                CATCH_UP_PERIOD_MS,
                this::exchange,
                task)
            .start();
  }

  private void exchange() throws Exception {
    Report current = report;
    if (current == null) {
      return;
    }
    boolean catchesUp = CatchUp.isBehind(current.watermarkMs, System.currentTimeMillis());
    long nowMs = Ticks.SYSTEM.nowMs();
    if (nowMs - exchangedAtMs >= periodMs(subtasks, catchesUp)) {
      exchangedAtMs = nowMs;
      long[] sent = ReportAggregate.encode(subtask, attempt, current);
      long[] result = aggregates.updateGlobalAggregate(NAME, sent, new ReportAggregate());
      summary = ReportAggregate.decode(result, subtasks);
      heardAtMs = Ticks.SYSTEM.nowMs();
    }
  }

  /** How often a subtask reports: oftener in a catch-up, if the JobManager can bear it. */
  static long periodMs(int subtasks, boolean catchesUp) {
    long affordedMs = subtasks * 1_000L / MAX_REPORTS_PER_S;
    return catchesUp ? Math.min(PERIOD_MS, Math.max(CATCH_UP_PERIOD_MS, affordedMs)) : PERIOD_MS;
  }

  @Override
  public void tell(Report latest) {
    report = latest;
  }

  @Override
  public Summary latest() {
    boolean fresh = Ticks.SYSTEM.nowMs() - heardAtMs <= RouteClock.FRESH_MS;
    return fresh ? summary : null;
  }

  @Override
  public void close() {
    ticker.close();
  }
}
