package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.KafkaBroker;
import io.callweave.kafka.Topics;
import io.callweave.options.JobOptions;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How time goes on: by calls, past silent partitions, over outages and restarts. */
class EventTimeIT {
  private static final String NEVER_FLUSH = "--idle-flush-ms=86400000";
  private static final long START_MS = 1_700_000_000_000L;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** A call of no links that starts so long after the first. */
  private static Call at(long ms) {
    return Call.call("at-" + ms, "10.0.0.1", "10.0.0.2", START_MS + ms, START_MS + ms);
  }

  @Test
  void aSilentPartitionHoldsTimeBackForAWhileOnlyAndIsLateWhenItSpeaksOfThePast() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "silent-partition", 2);
    topics.write(1, at(0));
    topics.write(0, at(10), at(60_000));
    JobID job =
        PARTS.submit(
            PARTS.options(
                "silent-partition", NEVER_FLUSH, "--partition-idle-ms=2000", "--parallelism=2"),
            null);
    topics.awaitLinked(2);
    topics.write(1, at(20));
    topics.awaitRejected(1);
    topics.write(1, at(65_000));
    topics.write(0, at(101_000));
    topics.write(1, at(101_000));
    topics.awaitLinked(4);
    PARTS.cancel(job);
    assertThat(topics.reasons()).containsExactly("late");
  }

  @Test
  void partitionsThatBringNothingThatMovesTimeDoNotStopIt() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "odd-partitions", 4);
    JobID job =
        PARTS.submit(
            PARTS.options(
                "odd-partitions",
                NEVER_FLUSH,
                "--max-out-of-order-ms=1000",
                "--partition-idle-ms=2000",
                "--parallelism=2"),
            null);
    Eventually.holds(
        "calls are linked although three of four partitions bring nothing in time",
        () -> {
          long nowMs = System.currentTimeMillis();
          topics.write(0, startingAt(nowMs, "in-time-" + nowMs));
          topics.write(1, "{\"type\":\"heartbeat\"}".getBytes(UTF_8));
          topics.write(2, startingAt(nowMs / 1_000, "seconds-" + nowMs));
          topics.write(3, startingAt(nowMs - 3_600_000, "hour-behind-" + nowMs));
          topics.flush();
          return topics.linked().stream().filter(call -> call.contains("in-time")).count() >= 20;
        });
    PARTS.cancel(job);
    assertThat(topics.reasons()).contains("late", "invalid").doesNotContain("future");
    assertThat(topics.rejectedRecords())
        .noneMatch(record -> new String(record.value(), UTF_8).contains("in-time"));
  }

  private static byte[] startingAt(long startMs, String id) {
    return Call.call(id, "10.0.0.1", "10.0.0.2", startMs, startMs).json();
  }

  @Test
  void aSubtaskWithoutPartitionsHoldsNothingBack() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "spare-subtasks", 1);
    topics.write(0, at(0), at(60_000));
    JobID job = PARTS.submit(PARTS.options("spare-subtasks", NEVER_FLUSH, "--parallelism=4"), null);
    topics.awaitLinked(1);
    topics.write(0, at(120_000));
    topics.awaitLinked(2);
    PARTS.cancel(job);
    assertThat(topics.linked()).hasSize(2);
  }

  @Test
  void afterASilenceOfTheTopicAllIsWrittenAndTimeGoesOnFromThere() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "silent-topic", 3);
    topics.write(0, at(0));
    topics.write(1, at(5_000));
    JobID job =
        PARTS.submit(
            PARTS.options("silent-topic", "--idle-flush-ms=2000", "--parallelism=2"), null);
    topics.awaitLinked(2);
    topics.write(2, at(-1_000));
    topics.awaitRejected(1);
    topics.write(2, at(600_000));
    topics.awaitLinked(3);
    PARTS.cancel(job);
    assertThat(topics.reasons()).containsExactly("late");
  }

  @Test
  void aBurstOfMinutesToPartitionsThatAllWereSilentIsNotLate() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "burst", 4);
    for (int partition = 0; partition < 4; partition++) {
      topics.write(partition, at(partition));
    }
    JobID job =
        PARTS.submit(
            PARTS.options("burst", NEVER_FLUSH, "--partition-idle-ms=2000", "--parallelism=2"),
            null);
    AtomicInteger live = new AtomicInteger();
    Eventually.holds(
        "time has gone past three silent partitions",
        () -> {
          topics.write(0, at(40_000 + live.getAndIncrement()));
          return topics.linked().size() == 4;
        });
    // Now the last one falls silent, too.
    Eventually.pass(5_000);
    List<Call> calls = Calls.from(START_MS + 60_000, Calls.random(8, 20_000, 300, 60));
    topics.write(calls);
    for (int partition = 0; partition < 4; partition++) {
      topics.write(partition, at(2_000_000 + partition));
    }
    topics.awaitLinked(4 + live.get() + calls.size());
    PARTS.cancel(job);
    assertThat(topics.reasons()).isEmpty();
  }

  @Test
  void anOutageOfTheBrokerIsNoSilenceWhateverWaitsBehindIt() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        Topics client = new Topics(broker.bootstrap())) {
      JobTopics topics = new JobTopics(client, "outage", 4);
      List<Call> calls = Calls.from(START_MS, Calls.random(7, 20_000, 30, 10));
      topics.write(calls.subList(0, 10_000));
      JobOptions options =
          PARTS.optionsAt(
              broker.bootstrap(),
              "outage",
              "--partition-idle-ms=8000",
              "--idle-flush-ms=10000",
              "--parallelism=2",
              // The broker answers seldom, so that it goes before it has given the second half.
              "--kafka.fetch.min.bytes=50000000",
              "--kafka.fetch.max.wait.ms=4000");
      JobID job = PARTS.submit(options, null);
      topics.awaitLinked(200);
      topics.write(calls.subList(10_000, calls.size()));
      topics.goOnTo(START_MS + 600_000);
      broker.kill();
      // Longer than a silence, and than what the broker said before counts.
      Eventually.pass(30_000);
      broker.restart();
      topics.awaitLinked(calls.size());
      PARTS.cancel(job);
      assertThat(topics.rejectedRecords()).isEmpty();
      assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    }
  }

  @Test
  void theWatermarkSurvivesARestartAndARescale() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "restart", 2);
    topics.write(0, at(0), at(60_000));
    topics.write(1, at(60_000 - 1));
    JobID first = PARTS.submit(PARTS.options("restart", NEVER_FLUSH, "--parallelism=1"), null);
    topics.awaitLinked(1);
    String savepoint = PARTS.stop(first);
    // Behind the watermark of the first run, and not behind it: 30 s before the highest start.
    topics.write(0, at(20_000), at(40_000));
    JobID second =
        PARTS.submit(PARTS.options("restart", NEVER_FLUSH, "--parallelism=2"), savepoint);
    topics.awaitRejected(1);
    topics.write(0, at(120_000));
    topics.write(1, at(120_001));
    topics.awaitLinked(4);
    PARTS.cancel(second);
    assertThat(topics.reasons()).containsExactly("late");
    assertThat(topics.linked()).hasSize(4);
  }
}
