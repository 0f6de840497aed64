package io.callweave;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.SPANS;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.KafkaInput;
import io.callweave.kafka.KafkaSinks;
import io.callweave.kafka.RecordLimit;
import io.callweave.kafka.ResultRecordSchema;
import io.callweave.kafka.TransactionalSink;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.restartstrategy.RestartStrategies;
import org.apache.flink.api.common.time.Time;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A job that goes down between a checkpoint and the commit of its transactions commits them when it
 * is back, if that is before the broker gives them up.
 */
class TransactionsIT {
  private static final int PARTITIONS = 3;
  private static final long START_MS = 1_700_000_000_000L;

  /** So long that no pause of the machine makes a checkpoint come too late. */
  private static final long LONG_TIMEOUT_MS = 600_000;

  private static final long SHORT_TIMEOUT_MS = 10_000;

  /** The broker looks for transactions to give up every 10 s. */
  private static final long LONGER_THAN_THE_TIMEOUT_MS = 25_000;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @Test
  void whatACheckpointHoldsIsCommittedAfterADowntimeShorterThanTheTimeout() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(51, 6_000, 30, 10));
    JobTopics topics = runWithADowntime("short-downtime", calls, 0, LONG_TIMEOUT_MS);
    topics.awaitLinked(calls.size());
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void afterALongerDowntimeWhatWasNotCommittedYetIsLostAndNothingElse() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(52, 6_000, 30, 10));
    JobTopics topics =
        runWithADowntime("long-downtime", calls, LONGER_THAN_THE_TIMEOUT_MS, SHORT_TIMEOUT_MS);
    List<String> all = NaiveLinks.of(calls, 1000);
    Call last = calls.stream().max((a, b) -> Long.compare(a.startMs(), b.startMs())).get();
    String lastOne = "\"start_at_ms\":" + last.startMs();
    Eventually.holds(
        "the last call is linked",
        () -> topics.linked().stream().anyMatch(call -> call.contains(lastOne)));
    List<String> linked = topics.linked();
    assertThat(linked).doesNotHaveDuplicates().hasSizeLessThan(all.size());
    assertThat(all).containsAll(linked);
  }

  /** Has the commit of some results fail, and the job start again after so long. */
  private static JobTopics runWithADowntime(
      String name, List<Call> calls, long downtimeMs, long transactionTimeoutMs) throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), name, PARTITIONS);
    topics.write(calls.subList(0, calls.size() / 2));
    JobOptions options =
        PARTS.options(
            name,
            "--parallelism=1",
            "--outputs=links",
            "--idle-flush-ms=3000",
            "--partition-idle-ms=1000",
            "--kafka.transaction.timeout.ms=" + transactionTimeoutMs);
    new io.callweave.kafka.preflight.Topics(options).prepare();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    env.setRestartStrategy(RestartStrategies.fixedDelayRestart(3, Time.milliseconds(downtimeMs)));
    CommitFailingOnce.ARMED.set(true);
    KafkaSinks sinks = new KafkaSinks(options);
    JobOutputs outputs =
        new JobOutputs(
            new CommitFailingOnce(options),
            sinks.results(CHAINS),
            sinks.results(EDGES),
            sinks.results(EDGES),
            sinks.results(ALERTS_OUTPUT),
            sinks.results(ALERTS_OUTPUT),
            sinks.results(SPANS),
            sinks.rejects());
    new JobTopology(new KafkaInput(options), outputs).build(env, options);
    PARTS.submit(env, null);
    Eventually.holds("a commit has failed", () -> !CommitFailingOnce.ARMED.get());
    topics.write(calls.subList(calls.size() / 2, calls.size()));
    return topics;
  }

  /** The sink of the job, which fails once before it commits a transaction that has records. */
  private static final class CommitFailingOnce extends TransactionalSink<ResultRecord> {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean ARMED = new AtomicBoolean();

    private transient Set<KafkaTransactionState> withRecords;

    CommitFailingOnce(JobOptions options) {
      super(
          options.outputs().topic(LINKS),
          new ResultRecordSchema(options.outputs().topic(LINKS)),
          options.producerProperties(),
          Semantic.EXACTLY_ONCE,
          new RecordLimit(
              options.outputs().topic(LINKS),
              options.adminProperties(),
              options.producerProperties()));
    }

    @Override
    public void invoke(KafkaTransactionState transaction, ResultRecord next, Context context)
        throws org.apache.flink.streaming.connectors.kafka.FlinkKafkaException {
      super.invoke(transaction, next, context);
      if (withRecords == null) {
        withRecords = new HashSet<>();
      }
      withRecords.add(transaction);
    }

    @Override
    protected void commit(KafkaTransactionState transaction) {
      boolean hasRecords = withRecords != null && withRecords.remove(transaction);
      if (hasRecords && ARMED.compareAndSet(true, false)) {
        throw new IllegalStateException("the test wants a failure here");
      }
      super.commit(transaction);
    }
  }
}
