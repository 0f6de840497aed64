package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is no call goes to the rejects topic, with its reason, and disturbs nothing else. */
class RejectsIT {
  private static final int PARTITIONS = 5;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** Reason of each record that was written, by partition and offset. */
  private final Map<String, String> reasons = new HashMap<>();

  private final Map<String, byte[]> values = new HashMap<>();
  private final long[] nextOffset = new long[PARTITIONS];

  @Test
  void everyRecordIsLinkedRejectedWithItsReasonOrCountedAsARepeat() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "rejects", PARTITIONS);
    long nowMs = System.currentTimeMillis();
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      calls.add(Call.call("c" + i, "10.0.0." + i % 3, "10.0.0." + i % 4, nowMs - 9000 + i, nowMs));
    }
    int repeats = 0;
    for (Call call : calls) {
      write(topics, call.json(), null);
    }
    for (Call repeat : calls.subList(0, 7)) {
      write(topics, repeat.json(), null);
      repeats++;
    }
    writeBroken(topics, nowMs);
    topics.flush();
    JobID job =
        PARTS.submit(
            PARTS.options(
                "rejects", "--idle-flush-ms=2000", "--max-record-bytes=2000", "--parallelism=2"),
            null);
    topics.awaitLinked(calls.size());
    topics.awaitRejected(reasons.size());
    // Only now is it sure that the window of an old call is closed.
    write(topics, Call.call("old", "a", "b", nowMs - 60_000, nowMs - 59_000).json(), "late");
    topics.flush();
    topics.awaitRejected(reasons.size());
    PARTS.cancel(job);

    assertThat(topics.linkedRecords()).hasSize(calls.size());
    assertThat(topics.written()).isEqualTo(calls.size() + reasons.size() + repeats);
    checkRejects(topics.rejectedRecords());
  }

  /** At least one record for every reason that a record has by itself. */
  private void writeBroken(JobTopics topics, long nowMs) {
    byte[] notUtf8 = "{\"id\":\"\u00ff\"}".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    write(topics, notUtf8, "malformed");
    write(topics, null, "malformed");
    write(topics, new byte[0], "malformed");
    write(topics, "[1]".getBytes(UTF_8), "malformed");
    write(topics, Call.call(longText(3000), "a", "b", nowMs, nowMs).json(), "malformed");
    write(topics, Call.call("", "a", "b", nowMs, nowMs).json(), "invalid");
    write(topics, "{\"id\":\"x\",\"src_ip\":\"a\"}".getBytes(UTF_8), "invalid");
    write(topics, Call.call(longText(257), "a", "b", nowMs, nowMs).json(), "invalid");
    byte[] inconsistent =
        ("{\"id\":1,\"src_ip\":\"a\",\"dst_ip\":\"b\",\"start_at_ms\":1000,"
                + "\"latency_msec\":10,\"end_at_ms\":1020}")
            .getBytes(UTF_8);
    write(topics, inconsistent, "inconsistent");
    write(topics, Call.call("long", "a", "b", nowMs - 30_000, nowMs - 9_999).json(), "too_long");
    // If these moved the watermark, all other calls would be late.
    for (int i = 0; i < PARTITIONS; i++) {
      long tomorrowMs = nowMs + 86_400_000;
      write(topics, Call.call("f" + i, "a", "b", tomorrowMs, tomorrowMs + 1).json(), "future");
    }
  }

  private void write(JobTopics topics, byte[] value, String reason) {
    int partition = topics.written() % PARTITIONS;
    String place = partition + "@" + nextOffset[partition]++;
    values.put(place, value);
    if (reason != null) {
      reasons.put(place, reason);
    }
    topics.write(partition, value);
  }

  private void checkRejects(List<ConsumerRecord<byte[], byte[]>> rejects) {
    Map<String, String> found = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> reject : rejects) {
      String place =
          JobTopics.header(reject, "callweave.partition")
              + "@"
              + JobTopics.header(reject, "callweave.offset");
      assertThat(found.put(place, JobTopics.header(reject, "callweave.reason"))).isNull();
      assertThat(reject.value()).isEqualTo(values.get(place));
      assertThat(JobTopics.header(reject, "callweave.topic")).isEqualTo("rejects");
      assertThat(JobTopics.header(reject, "callweave.detail")).isNotEmpty();
    }
    assertThat(found).isEqualTo(reasons);
  }

  private static String longText(int length) {
    return String.join("", java.util.Collections.nCopies(length, "x"));
  }
}
