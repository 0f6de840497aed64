package io.callweave;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.SPANS;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.KafkaInput;
import io.callweave.kafka.KafkaSinks;
import io.callweave.kafka.ResultRecordSchema;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobID;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever happens in the middle, a reader of committed records sees the same set. */
class RecoveryIT {
  private static final int PARTITIONS = 5;
  private static final long START_MS = 1_700_000_000_000L;

  /** Behind all calls, by the allowed disorder and more. */
  private static final long END_MS = START_MS + 600_000;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** No flush: what is to come in the middle would be late. */
  private static JobOptions options(String name, String parallelism) {
    return PARTS.options(name, "--idle-flush-ms=86400000", parallelism);
  }

  @Test
  void aTaskThatFailsAfterACheckpointChangesNothingInTheResult() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "failure", PARTITIONS);
    List<Call> calls = Calls.from(START_MS, Calls.random(3, 20_000, 40, 10));
    topics.write(calls.subList(0, 15_000));
    JobOptions options = options("failure", "--parallelism=2");
    new io.callweave.kafka.preflight.Topics(options).prepare();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    KafkaSinks sinks = new KafkaSinks(options);
    JobOutputs outputs =
        new JobOutputs(
            new FailingOnce(options, LINKS),
            sinks.results(CHAINS),
            sinks.results(EDGES),
            sinks.results(EDGES),
            sinks.results(ALERTS_OUTPUT),
            sinks.results(ALERTS_OUTPUT),
            sinks.results(SPANS),
            sinks.rejects());
    new JobTopology(new KafkaInput(options), outputs).build(env, options);
    JobID job = PARTS.submit(env, null);
    // Some are committed by a checkpoint; what comes next fails, and with it what is open.
    topics.awaitLinked(1_000);
    FailingOnce.ARMED.set(true);
    topics.write(calls.subList(15_000, calls.size()));
    topics.goOnTo(END_MS);
    topics.awaitLinked(calls.size());
    PARTS.cancel(job);
    assertThat(FailingOnce.FAILED).isTrue();
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(topics.rejectedRecords()).isEmpty();
  }

  /** A sink of the job, which throws once when it is told to. */
  static final class FailingOnce extends FlinkKafkaProducer<ResultRecord>
      implements SinkFunction<ResultRecord> {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean ARMED = new AtomicBoolean();
    static final AtomicBoolean FAILED = new AtomicBoolean();

    FailingOnce(JobOptions options, String output) {
      super(
          options.outputs().topic(output),
          new ResultRecordSchema(options.outputs().topic(output)),
          options.producerProperties(),
          Semantic.EXACTLY_ONCE);
      // Of an earlier test in this JVM.
      FAILED.set(false);
    }

    @Override
    public void invoke(KafkaTransactionState transaction, ResultRecord next, Context context)
        throws org.apache.flink.streaming.connectors.kafka.FlinkKafkaException {
      super.invoke(transaction, next, context);
      if (ARMED.compareAndSet(true, false)) {
        FAILED.set(true);
        throw new IllegalStateException("the test wants a failure here");
      }
    }
  }

  @Test
  void aRescaleInTheMiddleChangesNothingInTheResult() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "rescale", PARTITIONS);
    List<Call> calls = Calls.from(START_MS, Calls.random(5, 15_000, 25, 12));
    topics.write(calls.subList(0, 5_000));
    JobID two = PARTS.submit(options("rescale", "--parallelism=2"), null);
    topics.awaitLinked(500);
    String atTwo = PARTS.stop(two);
    topics.write(calls.subList(5_000, 10_000));
    JobID five = PARTS.submit(options("rescale", "--parallelism=5"), atTwo);
    topics.awaitLinked(5_500);
    String atFive = PARTS.stop(five);
    topics.write(calls.subList(10_000, calls.size()));
    topics.goOnTo(END_MS);
    JobID one = PARTS.submit(options("rescale", "--parallelism=1"), atFive);
    topics.awaitLinked(calls.size());
    PARTS.cancel(one);
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(topics.rejectedRecords()).isEmpty();
  }
}
