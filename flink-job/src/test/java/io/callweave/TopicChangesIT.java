package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The input topic is made anew or grows while the job runs. */
class TopicChangesIT {
  private static final long START_MS = 1_700_000_000_000L;

  /** Only calls move time: what is to come would be late after a silence. */
  private static final String NEVER_FLUSH = "--idle-flush-ms=86400000";

  private static final String IDLE_SOON = "--partition-idle-ms=1000";
  private static final String[] TO_THE_END = {"--idle-flush-ms=2000", IDLE_SOON};
  private static final String SOON = "--kafka.flink.partition-discovery.interval-millis=500";

  /** The first part is longer than the second, so the second topic ends before the first did. */
  private static final int FIRST = 600;

  private static final List<Call> CALLS = Calls.from(START_MS, Calls.random(9, 900, 10, 100));

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static JobID submit(String name, String savepoint, String... more) throws Exception {
    List<String> options = new ArrayList<>(Arrays.asList(more));
    options.add("--parallelism=" + (savepoint == null ? 2 : 3));
    return PARTS.submit(PARTS.options(name, options.toArray(new String[0])), savepoint);
  }

  private static Call at(long ms) {
    return Call.call("at-" + ms, "10.0.0.1", "10.0.0.2", START_MS + ms, START_MS + ms);
  }

  /** Writes a call to each partition that closes the windows of all others and stays open. */
  private static void closeWindows(JobTopics topics, int partitions) {
    for (int partition = 0; partition < partitions; partition++) {
      topics.write(partition, at(200_000));
    }
  }

  private static void check(JobTopics topics, Collection<Call> calls) throws Exception {
    topics.awaitLinked(calls.size());
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(topics.rejectedRecords()).isEmpty();
  }

  @Test
  void aTopicThatIsMadeAnewIsReadOnByTheRunningJob() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "anew", 3);
    topics.write(CALLS.subList(0, FIRST));
    JobID job = submit("anew", null, NEVER_FLUSH, IDLE_SOON);
    topics.awaitLinked(100);
    topics.delete();
    // With fewer partitions: the one that is missing holds nothing back.
    topics.makeAnew(2);
    awaitReading(topics, 2);
    topics.write(CALLS.subList(FIRST, CALLS.size()));
    closeWindows(topics, 2);
    topics.awaitLinked(CALLS.size());
    PARTS.cancel(job);
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(CALLS, 1000));
    assertThat(topics.reasons()).containsOnly("malformed");
  }

  /**
   * Writes empty records until some of each partition were read. What is written before the client
   * has seen the new topic it may skip: it takes it for the old one, cut short.
   */
  private static void awaitReading(JobTopics topics, int partitions) throws Exception {
    Eventually.holds(
        "the job reads the new topic",
        () -> {
          for (int partition = 0; partition < partitions; partition++) {
            topics.write(partition, new byte[0]);
          }
          topics.flush();
          return topics.rejectedRecords().stream()
                  .map(reject -> JobTopics.header(reject, "callweave.partition"))
                  .distinct()
                  .count()
              == partitions;
        });
  }

  @Test
  void aJobWhoseTopicIsMissingGoesOnByItselfWhenItIsThereAgain() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "missing", 3);
    topics.write(CALLS.subList(0, FIRST));
    JobID job = submit("missing", null, SOON, NEVER_FLUSH);
    topics.awaitLinked(100);
    topics.delete();
    Eventually.holds("the job misses the topic", () -> PARTS.status(job) == JobStatus.RESTARTING);
    topics.makeAnew(3);
    topics.write(CALLS.subList(FIRST, CALLS.size()));
    closeWindows(topics, 3);
    check(topics, CALLS);
    PARTS.cancel(job);
  }

  @Test
  void aSavepointGoesOnInATopicThatWasMadeAnewBeforeItAndAfterIt() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "anew-restored", 3);
    topics.write(CALLS.subList(0, FIRST));
    JobID first = submit("anew-restored", null, NEVER_FLUSH);
    topics.awaitLinked(100);
    String ofTheOld = PARTS.stop(first);
    topics.delete();
    topics.makeAnew(3);
    topics.write(CALLS.subList(FIRST, 800));
    JobID second = submit("anew-restored", ofTheOld, NEVER_FLUSH);
    topics.awaitLinked(450);
    String ofTheNew = PARTS.stop(second);
    topics.write(CALLS.subList(800, CALLS.size()));
    JobID third = submit("anew-restored", ofTheNew, TO_THE_END);
    check(topics, CALLS);
    PARTS.cancel(third);
  }

  @Test
  void partitionsThatAreAddedAreReadWithTheOthersAndOnceOnlyAfterARestore() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "grown", 3);
    // The partitions come to the same start, so the watermark is 30 s before it.
    List<Call> calls = new ArrayList<>(CALLS.subList(0, FIRST));
    topics.write(calls);
    for (int partition = 0; partition < 3; partition++) {
      topics.write(partition, at(70_000 + partition));
    }
    JobID first = submit("grown", null, SOON, NEVER_FLUSH);
    // With the last bucket that the watermark has closed.
    topics.awaitLinked(linkedAt(calls, 40_000));
    topics.addPartitions(6);
    for (int partition = 3; partition < 6; partition++) {
      // As old as the watermark allows, and older.
      topics.write(partition, at(40_000 + partition), at(39_000 + partition));
    }
    topics.awaitRejected(3);
    topics.write(CALLS.subList(FIRST, 750));
    calls.addAll(CALLS.subList(FIRST, 750));
    for (int partition = 0; partition < 6; partition++) {
      topics.write(partition, at(80_000 + partition));
    }
    for (int i = 0; i < 3; i++) {
      calls.add(at(70_000 + i));
      calls.add(at(40_003 + i));
    }
    for (int i = 0; i < 6; i++) {
      calls.add(at(80_000 + i));
    }
    topics.awaitLinked(linkedAt(calls, 50_000));
    String savepoint = PARTS.stop(first);
    topics.write(CALLS.subList(750, CALLS.size()));
    calls.addAll(CALLS.subList(750, CALLS.size()));
    JobID second = submit("grown", savepoint, TO_THE_END);
    topics.awaitLinked(calls.size());
    PARTS.cancel(second);
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(topics.reasons()).containsExactly("late", "late", "late");
  }

  /** How many calls are written once the watermark has come to this time after the start. */
  private static int linkedAt(List<Call> calls, long ms) {
    return (int) calls.stream().filter(call -> call.endMs() < START_MS + ms).count();
  }
}
