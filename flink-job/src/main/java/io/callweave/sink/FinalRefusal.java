package io.callweave.sink;

import java.io.IOException;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;

/**
 * Ends the job for a record that was refused while a checkpoint was taken.
 *
 * <p>Of an exception in a checkpoint Flink keeps only the text, so it would restart the job. So the
 * sentence is left with the JobManager, and the next attempt ends with it.
 */
public final class FinalRefusal {
  private static final String NAME = "callweave-refusal-";

  private final GlobalAggregateManager jobManager;
  private final String name;

  /**
   * For one sink.
   *
   * @param sink a name that no other sink of the job has
   */
  public FinalRefusal(GlobalAggregateManager jobManager, String sink) {
    this.jobManager = jobManager;
    this.name = NAME + sink;
  }

  /**
   * Leaves a sentence for the next attempt.
   *
   * @throws IOException if the JobManager does not answer
   */
  public void leave(RefusedRecordException refusal) throws IOException {
    jobManager.updateGlobalAggregate(name, refusal.getMessage(), new First());
  }

  /**
   * Ends an attempt for which a sentence was left.
   *
   * @throws RefusedRecordException with that sentence
   * @throws IOException if the JobManager does not answer
   */
  public void check() throws IOException {
    String sentence = jobManager.updateGlobalAggregate(name, "", new First());
    if (!sentence.isEmpty()) {
      throw new RefusedRecordException(sentence);
    }
  }

  /** The first text that is not empty. Only types of the JDK, which the JobManager knows. */
  private static final class First implements AggregateFunction<String, String, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String createAccumulator() {
      return "";
    }

    @Override
    public String add(String text, String first) {
      return merge(first, text);
    }

    @Override
    public String getResult(String first) {
      return first;
    }

    @Override
    public String merge(String one, String other) {
      return one.isEmpty() ? other : one;
    }
  }
}
