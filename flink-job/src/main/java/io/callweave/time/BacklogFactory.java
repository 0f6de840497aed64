package io.callweave.time;

import java.io.Serializable;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;

/** Opens the backlog of a subtask. */
public interface BacklogFactory extends Serializable {
  /**
   * Opens a backlog.
   *
   * @param subtask index of the subtask
   * @param subtasks number of all subtasks
   * @param task is told of what the task cannot go on after
   */
  Backlog open(int subtask, int subtasks, AsyncExceptionHandler task);
}
