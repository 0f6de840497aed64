package io.callweave.time;

import java.io.Serializable;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;

/** Connects a subtask with the others. */
public interface PeersFactory extends Serializable {
  /**
   * Connects the subtask of this context.
   *
   * @param task is told of what the task cannot go on after
   */
  Peers open(StreamingRuntimeContext context, AsyncExceptionHandler task);
}
