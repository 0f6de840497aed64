package io.callweave.testing;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;

/** Keeps aggregates as the JobManager does, over all attempts of the job. */
public final class FakeJobManager implements GlobalAggregateManager {
  private final Map<String, Object> accumulators = new HashMap<>();

  @Override
  @SuppressWarnings("unchecked")
  public <I, A, O> O updateGlobalAggregate(
      String name, Object value, AggregateFunction<I, A, O> function) {
    A before = (A) accumulators.computeIfAbsent(name, none -> function.createAccumulator());
    A after = function.add((I) value, before);
    accumulators.put(name, after);
    return function.getResult(after);
  }
}
