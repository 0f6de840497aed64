package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A result or rejects topic that takes less than the job has to write. */
class RefusedRecordsIT {
  /** The least that a rejects topic has to take at submission. */
  private static final int SMALLEST = 69_632;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private JobTopics topics;

  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void aRejectThatIsTooLargeIsCutAndSaysItsRealLength(String delivery) throws Exception {
    String name = "cut-" + delivery;
    JobID job = submit(name, delivery, SMALLEST);
    byte[] compressible = new byte[3 * SMALLEST];
    byte[] large = random(3 * SMALLEST);
    byte[] whole = random(SMALLEST - 1_000);
    topics.write(0, large);
    topics.write(0, compressible);
    topics.write(0, whole);
    topics.write(0, call("good"));
    topics.flush();
    topics.awaitRejected(3);
    topics.awaitLinked(1);

    ConsumerRecord<byte[], byte[]> cut = rejected(0);
    assertThat(header(cut, "truncated")).isEqualTo(Integer.toString(large.length));
    assertThat(header(cut, "reason")).isEqualTo("malformed");
    assertThat(cut.value().length).isBetween(SMALLEST - 4_096, SMALLEST);
    assertThat(large).startsWith(cut.value());
    // The broker takes it as it is compressed.
    assertThat(rejected(1).value()).isEqualTo(compressible);
    assertThat(rejected(2).value()).isEqualTo(whole);
    assertThat(header(rejected(1), "truncated")).isNull();
    PARTS.cancel(job);
  }

  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void manyRejectsAtOnceGoToATopicThatTakesLessThanABatchOfThem(String delivery) throws Exception {
    JobID job = submit("burst-" + delivery, delivery, SMALLEST);
    for (int i = 0; i < 100; i++) {
      topics.write(0, random(10_000 + i));
    }
    topics.flush();
    topics.awaitRejected(100);
    assertThat(PARTS.restarts(job)).isZero();
    PARTS.cancel(job);
  }

  @ParameterizedTest
  @ValueSource(strings = {"exactly-once", "at-least-once"})
  void aLimitThatIsLoweredWhileTheJobRunsHoldsForRejectsAfterOneRestart(String delivery)
      throws Exception {
    String name = "lowered-" + delivery;
    JobID job = submit(name, delivery, SMALLEST);
    topics.write(0, random(5_000));
    topics.flush();
    topics.awaitRejected(1);
    PARTS.topics().setMaxMessageBytes(name + "-rejected", 2_000);
    byte[] large = random(6_000);
    topics.write(0, large);
    topics.write(0, call("good"));
    topics.flush();
    topics.awaitLinked(1);
    // At least once: what was written before the restart may come again, and is cut now, too.
    Eventually.holds("the large record is rejected", () -> isRejected(1));
    ConsumerRecord<byte[], byte[]> cut = rejected(1);
    assertThat(header(cut, "truncated")).isEqualTo("6000");
    assertThat(large).startsWith(cut.value());
    assertThat(PARTS.restarts(job)).isEqualTo(1);
    assertThat(PARTS.status(job)).isEqualTo(JobStatus.RUNNING);
    PARTS.cancel(job);
  }

  @Test
  void aResultThatItsTopicRefusesEndsTheJobWithTopicSizeLimitAndCure() throws Exception {
    JobID job = submit("refused", "exactly-once", SMALLEST);
    topics.write(0, call("good"));
    topics.flush();
    topics.awaitLinked(1);
    PARTS.topics().setMaxMessageBytes("refused-linked", 150);
    topics.write(0, call("another"));
    topics.flush();
    assertThat(PARTS.failure(job))
        .startsWith("the topic refused-linked takes no record of ")
        .contains("only up to 150; raise its max.message.bytes: kafka-configs.sh")
        .contains("--entity-name refused-linked");
  }

  @Test
  void aRejectsTopicThatIsMadeCompactedEndsTheJobWithTheCure() throws Exception {
    JobID job = submit("made-compact", "exactly-once", SMALLEST);
    topics.write(0, call("good"));
    topics.flush();
    topics.awaitLinked(1);
    PARTS.topics().configure("made-compact-rejected", "cleanup.policy", "compact");
    topics.write(0, random(100));
    topics.flush();
    assertThat(PARTS.failure(job))
        .startsWith("the topic made-compact-rejected refuses a record")
        .contains("--add-config cleanup.policy=delete");
  }

  /** A job whose rejects topic exists and takes records of so many bytes. */
  private JobID submit(String name, String delivery, int rejectBytes) throws Exception {
    topics = new JobTopics(PARTS.topics(), name, 1);
    PARTS.topics().createTopic(name + "-rejected", 1);
    PARTS.topics().setMaxMessageBytes(name + "-rejected", rejectBytes);
    JobID job =
        PARTS.submit(
            PARTS.options(
                name,
                "--parallelism=1",
                "--partition-idle-ms=1000",
                "--idle-flush-ms=1000",
                "--delivery=" + delivery),
            null);
    Eventually.holds("the job runs", () -> PARTS.status(job) == JobStatus.RUNNING);
    return job;
  }

  private ConsumerRecord<byte[], byte[]> rejected(int offset) {
    return rejectsOf(offset).findFirst().get();
  }

  private boolean isRejected(int offset) {
    return rejectsOf(offset).findFirst().isPresent();
  }

  private Stream<ConsumerRecord<byte[], byte[]>> rejectsOf(int offset) {
    return topics.rejectedRecords().stream()
        .filter(record -> header(record, "offset").equals(Integer.toString(offset)));
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return JobTopics.header(record, "callweave." + name);
  }

  private static byte[] call(String id) {
    long nowMs = System.currentTimeMillis();
    return Call.call(id, "10.0.0.1", "10.0.0.2", nowMs - 100, nowMs).json();
  }

  private static byte[] random(int length) {
    byte[] value = new byte[length];
    new Random(length).nextBytes(value);
    return value;
  }
}
