package io.callweave;

import static io.callweave.options.JobOptionTable.LINKS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import io.callweave.kafka.Topics;
import io.callweave.options.JobOptions;
import io.callweave.rocketmq.RocketConnector;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From RocketMQ to Kafka. */
class RocketSourceIT {
  private static final long START_MS = 1_700_000_000_000L;
  private static final String NEVER = "--idle-flush-ms=86400000";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @RegisterExtension static final RocketParts ROCKET = new RocketParts();

  private static JobOptions options(String name, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--source=rocketmq");
    all.add("--rocketmq-namesrv=" + ROCKET.server().nameServers());
    all.add("--outputs=links");
    all.add("--partition-idle-ms=1000");
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private static void send(String topic, int queues, List<Call> calls) throws Exception {
    for (int i = 0; i < calls.size(); i++) {
      ROCKET.server().send(topic, i % queues, calls.get(i).json());
    }
  }

  /** Brings time behind all calls: one in each queue starts later than that, and stays open. */
  private static void sendLater(String topic, int queues) throws Exception {
    for (int queue = 0; queue < queues; queue++) {
      long startMs = START_MS + 400_000;
      Call later = Call.call("still-open-" + queue, "10.0.0.1", "10.0.0.2", startMs, startMs);
      ROCKET.server().send(topic, queue, later.json());
    }
  }

  private static List<String> linked(String name) {
    Topics topics = PARTS.topics();
    return topics.readCommitted(name + "-linked").stream()
        .map(record -> new String(record.value(), UTF_8))
        .sorted()
        .collect(Collectors.toList());
  }

  @Test
  void neitherARescaleNorNewQueuesNorABrokerThatIsAwayChangeTheResult() throws Exception {
    String name = "rocket-rescale";
    ROCKET.server().makeTopic(name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(5, 3_000, 25, 60));
    send(name, 3, calls.subList(0, 1_000));
    JobID two = PARTS.submit(options(name, NEVER, "--parallelism=2"), null);
    Eventually.holds("some calls are linked", () -> linked(name).size() >= 300);
    String savepoint = PARTS.stop(two);
    ROCKET.server().makeTopic(name, 5);
    JobID three = PARTS.submit(options(name, NEVER, "--parallelism=3"), savepoint);
    send(name, 5, calls.subList(1_000, 2_000));
    Eventually.holds("more calls are linked", () -> linked(name).size() >= 1_200);
    ROCKET.server().killBroker();
    ROCKET.server().startBroker();
    send(name, 5, calls.subList(2_000, calls.size()));
    sendLater(name, 5);
    Eventually.holds("all calls are linked", () -> linked(name).size() >= calls.size());
    PARTS.cancel(three);
    assertThat(linked(name)).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(PARTS.topics().readCommitted(name + "-rejected")).isEmpty();
  }

  @Test
  void aTaskThatFailsAfterACheckpointChangesNothingInTheResult() throws Exception {
    String name = "rocket-failure";
    ROCKET.server().makeTopic(name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(3, 3_000, 40, 60));
    send(name, 3, calls.subList(0, 2_000));
    JobOptions options = options(name, NEVER, "--parallelism=2");
    CallweaveJob.prepare(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    JobOutputs outputs = JobOutputs.of(options);
    JobOutputs failing =
        new JobOutputs(
            new RecoveryIT.FailingOnce(options, LINKS),
            outputs.chains,
            outputs.edges,
            outputs.entries,
            outputs.alerts,
            outputs.entryAlerts,
            outputs.spans,
            outputs.rejects);
    new JobTopology(new RocketConnector().input(options), failing).build(env, options);
    JobID job = PARTS.submit(env, null);
    // Some are committed by a checkpoint; what comes next fails, and with it what is open.
    Eventually.holds("some calls are linked", () -> linked(name).size() >= 300);
    RecoveryIT.FailingOnce.ARMED.set(true);
    send(name, 3, calls.subList(2_000, calls.size()));
    sendLater(name, 3);
    Eventually.holds("all calls are linked", () -> linked(name).size() >= calls.size());
    PARTS.cancel(job);
    assertThat(RecoveryIT.FailingOnce.FAILED).isTrue();
    assertThat(linked(name)).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(PARTS.topics().readCommitted(name + "-rejected")).isEmpty();
  }

  @Test
  void aRejectSaysTheQueueAndTheOffsetThatItWasReadFrom() throws Exception {
    String name = "rocket-rejects";
    ROCKET.server().makeTopic(name, 2);
    ROCKET.server().send(name, 1, "no call".getBytes(UTF_8));
    JobID job = PARTS.submit(options(name, NEVER, "--parallelism=1"), null);
    Topics topics = PARTS.topics();
    Eventually.holds(
        "the reject is written", () -> !topics.readCommitted(name + "-rejected").isEmpty());
    PARTS.cancel(job);
    ConsumerRecord<byte[], byte[]> reject = topics.readCommitted(name + "-rejected").get(0);
    assertThat(reject.value()).isEqualTo("no call".getBytes(UTF_8));
    assertThat(JobTopics.header(reject, "callweave.topic")).isEqualTo(name + "/broker-a/1");
    assertThat(JobTopics.header(reject, "callweave.offset")).isEqualTo("0");
  }

  @Test
  void messagesOfProtobufAreLinkedAndWrittenAsSuch() throws Exception {
    String name = "rocket-protobuf";
    ROCKET.server().makeTopic(name, 2);
    ROCKET.server().send(name, 0, message("a", 1, 2));
    ROCKET.server().send(name, 1, message("b", 2, 3));
    ROCKET.server().send(name, 1, new byte[] {0, 0, 0, 0, 17, 0});
    JobID job =
        PARTS.submit(
            options(
                name,
                "--input-format=protobuf",
                "--output-format=protobuf",
                "--idle-flush-ms=2000",
                "--parallelism=2"),
            null);
    Topics topics = PARTS.topics();
    Eventually.holds("both are linked", () -> linked(name).size() == 2);
    Eventually.holds(
        "the third is rejected", () -> topics.readCommitted(name + "-rejected").size() == 1);
    PARTS.cancel(job);
    for (ConsumerRecord<byte[], byte[]> record : topics.readCommitted(name + "-linked")) {
      String id = new String(record.key(), UTF_8);
      UnknownFieldSet call = UnknownFieldSet.parseFrom(record.value());
      // The other one is its parent, field 9, or its child, field 10.
      assertThat(call.hasField(9)).isEqualTo(id.equals("b"));
      assertThat(call.hasField(10)).isEqualTo(id.equals("a"));
    }
    assertThat(topics.readCommitted(name + "-rejected").get(0).value())
        .isEqualTo(new byte[] {0, 0, 0, 0, 17, 0});
  }

  /** A call of 40 ms, as proto/callweave.proto has it. */
  private static byte[] message(String id, int src, int dst) {
    return UnknownFieldSet.newBuilder()
        .addField(1, text(id))
        .addField(4, text("10.0.0." + src))
        .addField(5, text("10.0.0." + dst))
        .addField(6, Field.newBuilder().addVarint(START_MS).build())
        .addField(7, Field.newBuilder().addFixed64(Double.doubleToLongBits(40.0)).build())
        .build()
        .toByteArray();
  }

  private static Field text(String text) {
    return Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8(text)).build();
  }

  @Test
  void aGroupWithoutAnOffsetBeginsAtTheEndWhereItIsToldSo() throws Exception {
    String name = "rocket-latest";
    ROCKET.server().makeTopic(name, 1);
    ROCKET.server().send(name, 0, Call.call("before", "a", "b", START_MS, START_MS + 1).json());
    JobID job =
        PARTS.submit(
            options(name, "--auto-offset-reset=latest", "--idle-flush-ms=2000", "--parallelism=1"),
            null);
    Eventually.holds("the group has an offset", () -> ROCKET.server().offset(name, name) == 1);
    ROCKET.server().send(name, 0, Call.call("after", "a", "b", START_MS, START_MS + 1).json());
    Eventually.holds("a call is linked", () -> !linked(name).isEmpty());
    PARTS.cancel(job);
    assertThat(linked(name)).singleElement().asString().contains("\"after\"");
  }
}
