package io.callweave.clock;

import java.io.Serializable;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;

/** Connects a subtask with the others. */
public interface PeersFactory extends Serializable {
  /** Connects the subtask of this context. */
  Peers open(StreamingRuntimeContext context);
}
