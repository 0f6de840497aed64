package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whatever a producer writes, no record is lost and the calls among them are linked. */
class HostileInputIT {
  private static final int PARTITIONS = 3;
  private static final long START_MS = 1_700_000_000_000L;

  /** Random text does not shrink: these are more than 1 MB on the way, too. */
  private static final int LARGE = 1_500_000;

  private static final int LARGEST = 16 << 20;

  /** Transactions take their time to set up; one test with them is enough here. */
  private static final String QUICK = "--delivery=at-least-once";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** Values and reasons of what has to be rejected, by partition and offset. */
  private final Map<String, byte[]> values = new HashMap<>();

  private final Map<String, String> reasons = new HashMap<>();
  private final long[] nextOffsets = new long[PARTITIONS];
  private final Random random = new Random(1);
  private int repeats;

  private static JobID submit(String name, String... more) throws Exception {
    List<String> options =
        new ArrayList<>(
            Arrays.asList("--parallelism=2", "--idle-flush-ms=2000", "--partition-idle-ms=1000"));
    options.addAll(Arrays.asList(more));
    return PARTS.submit(PARTS.options(name, options.toArray(new String[0])), null);
  }

  private static ProducerRecord<byte[], byte[]> record(
      String topic, int partition, byte[] key, byte[] value) {
    return new ProducerRecord<>(topic, partition, key, value);
  }

  /** Writes to the partition whose turn it is; a record with a reason has to be rejected. */
  private void write(JobTopics topics, String name, byte[] key, byte[] value, String reason) {
    int partition = topics.written() % PARTITIONS;
    String place = partition + "@" + nextOffsets[partition]++;
    ProducerRecord<byte[], byte[]> record = record(name, partition, key, value);
    if (random.nextBoolean()) {
      record.headers().add("callweave.reason", bytes(7)).add("", null);
    }
    topics.write(record);
    if (reason != null) {
      values.put(place, value);
      reasons.put(place, reason);
    }
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private String text(int length) {
    char[] text = new char[length];
    for (int i = 0; i < length; i++) {
      text[i] = (char) ('0' + random.nextInt(64));
    }
    // The one of them that JSON writes in another way.
    return new String(text).replace('\\', '!');
  }

  private static byte[] with(Call call, String note) {
    String json = call.toString();
    return (json.substring(0, json.length() - 1) + note(note) + "}").getBytes(UTF_8);
  }

  private static String note(String text) {
    return ",\"note\":\"" + text + "\"";
  }

  /** Read = written + rejected + duplicates, each as it should be. */
  private void check(JobTopics topics, List<Call> calls) throws Exception {
    topics.awaitLinked(calls.size());
    topics.awaitRejected(reasons.size());
    assertThat(topics.linked()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(topics.written()).isEqualTo(calls.size() + reasons.size() + repeats);
    Map<String, String> found = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> reject : topics.rejectedRecords()) {
      String partition = JobTopics.header(reject, "callweave.partition");
      String place = partition + "@" + JobTopics.header(reject, "callweave.offset");
      assertThat(found.put(place, JobTopics.header(reject, "callweave.reason"))).isNull();
      // Not by AssertJ, which would print a megabyte.
      assertThat(Arrays.equals(reject.value(), values.get(place))).as(place).isTrue();
    }
    assertThat(found).isEqualTo(reasons);
  }

  @Test
  void aRecordOfMoreThanAMegabyteIsRejectedByteForByte() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "large", PARTITIONS);
    PARTS.topics().setMaxMessageBytes("large", LARGEST);
    List<Call> calls = Calls.from(START_MS, Calls.random(2, 60, 5, 100));
    for (Call call : calls) {
      write(topics, "large", null, call.json(), null);
      if (call.endMs() % 10 == 0) {
        write(topics, "large", null, with(call, text(LARGE)), "malformed");
      }
    }
    topics.flush();
    assertThat(reasons).isNotEmpty();
    JobID job = submit("large", QUICK);
    check(topics, calls);
    PARTS.cancel(job);
  }

  @Test
  void aFieldOfMoreThanAMegabyteIsPassedOnWhereItIsAllowed() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "large-field", PARTITIONS);
    PARTS.topics().setMaxMessageBytes("large-field", LARGEST);
    List<Call> calls = Calls.from(START_MS, Calls.random(3, 30, 4, 100));
    List<String> expected = new ArrayList<>();
    List<String> linked = NaiveLinks.of(calls, 1000);
    List<Call> sorted = new ArrayList<>(calls);
    sorted.sort((a, b) -> a.toString().compareTo(b.toString()));
    for (int i = 0; i < sorted.size(); i++) {
      String large = i % 6 == 0 ? text(LARGE) : "small";
      write(topics, "large-field", null, with(sorted.get(i), large), null);
      String json = linked.get(i);
      expected.add(json.substring(0, json.length() - 1) + note(large) + "}");
    }
    topics.flush();
    JobID job = submit("large-field", QUICK, "--max-record-bytes=2000000", "--pass-through");
    topics.awaitLinked(calls.size());
    PARTS.cancel(job);
    // Not by AssertJ, which would print the megabytes.
    assertThat(topics.linked().equals(expected)).isTrue();
    assertThat(topics.rejectedRecords()).isEmpty();
  }

  @Test
  void keysAndHeadersAreOfNoAccountAndAMissingValueIsRejected() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "keys", PARTITIONS);
    List<Call> calls = Calls.from(START_MS, Calls.random(4, 500, 10, 20));
    List<byte[]> keys =
        Arrays.asList(null, new byte[0], bytes(3), bytes(5000), "id1".getBytes(UTF_8));
    for (Call call : calls) {
      byte[] key = keys.get(random.nextInt(keys.size()));
      write(topics, "keys", key, call.json(), null);
      write(topics, "keys", key, random.nextBoolean() ? null : new byte[0], "malformed");
    }
    topics.flush();
    JobID job = submit("keys", QUICK);
    check(topics, calls);
    PARTS.cancel(job);
  }

  @Test
  void aHundredThousandBadRecordsInARowAreAllRejectedAndTheCallsAroundThemLinked()
      throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "bad-row", PARTITIONS);
    List<Call> calls = Calls.from(START_MS, Calls.random(5, 2_000, 10, 10));
    for (Call call : calls.subList(0, 1_000)) {
      write(topics, "bad-row", null, call.json(), null);
    }
    for (int i = 0; i < 100_000; i++) {
      writeBad(topics, i);
    }
    for (Call call : calls.subList(1_000, calls.size())) {
      write(topics, "bad-row", null, call.json(), null);
    }
    for (Call repeat : calls.subList(950, 1_050)) {
      write(topics, "bad-row", null, repeat.json(), null);
      repeats++;
    }
    topics.flush();
    JobID job = submit("bad-row");
    check(topics, calls);
    PARTS.cancel(job);
  }

  private static byte[] changed(Call call, String from, String to) {
    return call.toString().replace(from, to).getBytes(UTF_8);
  }

  private void writeBad(JobTopics topics, int i) {
    Call call = Call.call("bad-" + i, "a", "b", START_MS, START_MS + 1);
    switch (i % 7) {
      case 0:
        write(topics, "bad-row", null, bytes(40), "malformed");
        break;
      case 1:
        write(topics, "bad-row", null, changed(call, "\"id\"", "\"no-id\""), "invalid");
        break;
      case 2:
        write(topics, "bad-row", null, changed(call, "_msec\":1", "_msec\":9"), "inconsistent");
        break;
      case 3:
        write(topics, "bad-row", null, changed(call, "\"bad-", "\"\\ud800"), "invalid");
        break;
      case 4:
        write(topics, "bad-row", null, changed(call, "\"a\"", "\"unknown\""), "invalid");
        break;
      case 5:
        Call longer = Call.call("bad-" + i, "a", "b", START_MS, START_MS + 20_001);
        write(topics, "bad-row", null, longer.json(), "too_long");
        break;
      default:
        long tomorrowMs = System.currentTimeMillis() + 86_400_000;
        Call ahead = Call.call("bad-" + i, "a", "b", tomorrowMs, tomorrowMs);
        write(topics, "bad-row", null, ahead.json(), "future");
    }
  }
}
