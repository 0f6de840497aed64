package io.callweave.clock;

import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/** Peers that meet in the JobManager. */
public final class GlobalPeers implements Peers {
  private static final String NAME = "callweave-clock";
  private static final long PERIOD_MS = 1_000;

  private final GlobalAggregateManager aggregates;
  private final int subtask;
  private final int subtasks;
  private final int attempt;
  private final Ticker ticker;

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
        new Ticker("exchange event time with the other subtasks", PERIOD_MS, this::exchange)
            .start();
  }

  private void exchange() throws Exception {
    Report current = report;
    if (current != null) {
      long[] sent = ReportAggregate.encode(subtask, attempt, current);
      long[] result = aggregates.updateGlobalAggregate(NAME, sent, new ReportAggregate());
      summary = ReportAggregate.decode(result, subtasks);
      heardAtMs = System.currentTimeMillis();
    }
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
