package io.callweave.files;

import java.io.IOException;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a source that has come to its end may end its task: when the sinks have committed all, of
 * which it hears nothing.
 *
 * <p>The first checkpoint behind the end of all subtasks has all that comes of it. Sinks commit it
 * when they hear that it is complete, like the source; when another one is complete they have
 * heard.
 */
final class LastCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(LastCheckpoint.class);
  private static final long NONE = -1;

  private final GlobalAggregateManager aggregates;
  private final int subtask;
  private final int subtasks;
  private final int attempt;
  private boolean committed;
  private volatile boolean ended;

  /** The first checkpoint that has the end of this subtask. */
  private volatile long endedIn = NONE;

  /** The two checkpoints that were completed last. */
  private volatile long completed = NONE;

  private volatile long completedBefore = NONE;

  LastCheckpoint(StreamingRuntimeContext context) {
    aggregates = context.getGlobalAggregateManager();
    subtask = context.getIndexOfThisSubtask();
    subtasks = context.getNumberOfParallelSubtasks();
    attempt = context.getAttemptNumber();
  }

  /** The subtask has handed on all. */
  void ended() {
    ended = true;
  }

  /** A checkpoint has what was handed on up to now. */
  void snapshot(long checkpoint) {
    if (ended && endedIn == NONE) {
      endedIn = checkpoint;
    }
  }

  /** A checkpoint is complete. */
  void completed(long checkpoint) {
    completedBefore = completed;
    completed = checkpoint;
  }

  /** Whether all that comes of the input is committed. Asks the JobManager, and waits for it. */
  boolean isCommitted() {
    if (endedIn == NONE) {
      return false;
    }
    try {
      long[] report = EndOfInput.report(subtask, attempt, endedIn, committed);
      long[] all = aggregates.updateGlobalAggregate(EndOfInput.NAME, report, new EndOfInput());
      Long first = EndOfInput.checkpoint(all, subtasks);
      committed = first != null && completedBefore >= first;
      return EndOfInput.isCommitted(all);
    } catch (IOException e) {
      LOG.warn("Not able to ask whether all subtasks have come to their end", e);
      return false;
    }
  }
}
