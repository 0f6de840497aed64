package io.callweave;

import static io.callweave.options.JobOptionTable.LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.KafkaSinks;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.operators.StreamSink;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two attempts of a job at once: the TaskManager of one stood still for longer than Flink waits,
 * was replaced, and goes on.
 */
class ReplacedAttemptIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private JobTopics topics;

  @Test
  void anAttemptThatWasReplacedEndsNoTransactionOfTheOneThatReplacedIt() throws Exception {
    JobOptions options = prepare("replaced");
    try (Sink replaced = new Sink(options);
        Sink living = new Sink(options)) {
      replaced.open();
      replaced.write("before");
      OperatorSubtaskState checkpoint = replaced.checkpoint(1);
      replaced.complete(1);

      living.open(checkpoint);
      living.write("after");
      living.checkpoint(2);
      // With these it has begun transactions of all the ids that it has.
      for (int i = 2; i < 6; i++) {
        replaced.checkpoint(i);
      }
      living.complete(2);
      awaitBeforeAndAfter();
    }
  }

  @Test
  void whatALaterAttemptLeftOpenUnderAnIdOfARestoredCheckpointKeepsNoReaderWaiting()
      throws Exception {
    JobOptions options = prepare("left-open");
    try (Sink left = new Sink(options);
        Sink living = new Sink(options)) {
      left.open();
      left.write("before");
      OperatorSubtaskState checkpoint = left.checkpoint(1);
      left.complete(1);
      // Until the id of the transaction with "before" comes again.
      for (int i = 2; i <= 5; i++) {
        left.checkpoint(i);
        left.complete(i);
      }
      left.write("never");
      left.checkpoint(6);

      living.open(checkpoint);
      living.write("after");
      living.checkpoint(2);
      living.complete(2);
      awaitBeforeAndAfter();
    }
  }

  /** As after a restart of the JobManager, which counts attempts from 0 again. */
  @Test
  void attemptsOfTheSameNumberThatBothBeganWithoutStateEndNoTransactionOfTheLaterOne()
      throws Exception {
    JobOptions options = prepare("counted-anew");
    try (Sink replaced = new Sink(options);
        Sink living = new Sink(options)) {
      replaced.open();
      replaced.write("lost with its attempt");
      living.open();
      living.write("before");
      living.checkpoint(1);
      living.complete(1);
      living.write("after");
      living.checkpoint(2);
      for (int i = 2; i < 6; i++) {
        replaced.checkpoint(i);
      }
      living.complete(2);
      awaitBeforeAndAfter();
    }
  }

  @Test
  void whatSubtasksLeftOpenThatAStartWithFewerNoLongerHasKeepsNoReaderWaiting() throws Exception {
    JobOptions options = prepare("fewer");
    try (Sink left = new Sink(options, 3, 2);
        Sink living = new Sink(options, 1, 0)) {
      left.open();
      left.write("never");
      left.checkpoint(1);

      living.open();
      living.write("before");
      living.write("after");
      living.checkpoint(1);
      living.complete(1);
      awaitBeforeAndAfter();
    }
  }

  private JobOptions prepare(String name) throws Exception {
    topics = new JobTopics(PARTS.topics(), name, 1);
    JobOptions options = PARTS.options(name);
    new io.callweave.kafka.preflight.Topics(options).prepare();
    return options;
  }

  private void awaitBeforeAndAfter() throws Exception {
    Eventually.holds("both are written", () -> topics.linked().size() >= 2);
    assertThat(topics.linked()).containsExactly("after", "before");
  }

  /** A subtask of the sink of the results. */
  private static final class Sink implements AutoCloseable {
    private final OneInputStreamOperatorTestHarness<ResultRecord, Object> harness;

    Sink(JobOptions options) throws Exception {
      this(options, 1, 0);
    }

    Sink(JobOptions options, int subtasks, int subtask) throws Exception {
      byte[] operator = new byte[16];
      byte[] name = options.groupId().getBytes(StandardCharsets.UTF_8);
      System.arraycopy(name, 0, operator, 0, Math.min(name.length, operator.length));
      harness =
          new OneInputStreamOperatorTestHarness<>(
              new StreamSink<>(new KafkaSinks(options).results(LINKS)),
              720,
              subtasks,
              subtask,
              Types.POJO(ResultRecord.class).createSerializer(new ExecutionConfig()),
              new OperatorID(operator));
    }

    void open() throws Exception {
      harness.open();
    }

    void open(OperatorSubtaskState checkpoint) throws Exception {
      harness.initializeState(checkpoint);
      harness.open();
    }

    void write(String value) throws Exception {
      byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
      harness.processElement(new StreamRecord<>(new ResultRecord(bytes, bytes)));
    }

    OperatorSubtaskState checkpoint(long id) throws Exception {
      return harness.snapshot(id, id);
    }

    void complete(long id) throws Exception {
      harness.notifyOfCompletedCheckpoint(id);
    }

    @Override
    public void close() {
      try {
        harness.close();
      } catch (Exception e) {
        throw new IllegalStateException("the sink does not close", e);
      }
    }
  }
}
