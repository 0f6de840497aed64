package io.callweave.clock;

import java.io.Serializable;

/** Opens the backlog of a subtask. */
public interface BacklogFactory extends Serializable {
  /**
   * Opens a backlog.
   *
   * @param subtask index of the subtask
   * @param subtasks number of all subtasks
   */
  Backlog open(int subtask, int subtasks);
}
