package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.callweave.kafka.Topics;
import io.callweave.options.JobOptions;
import io.callweave.rocketmq.RocketConnector;
import io.callweave.rocketmq.RocketServer;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From RocketMQ to Kafka. */
class RocketSourceIT {
  private static final long START_MS = 1_700_000_000_000L;
  private static final String NEVER = "--idle-flush-ms=86400000";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static RocketServer server;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(RocketServer.isHere(), RocketServer.PARTS + " names no folder: no RocketMQ here");
    server = RocketServer.start();
  }

  @AfterAll
  static void end() {
    if (server != null) {
      server.close();
    }
  }

  private static JobOptions options(String name, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--source=rocketmq");
    all.add("--rocketmq-namesrv=" + server.nameServers());
    all.add("--outputs=links");
    all.add("--partition-idle-ms=1000");
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private static void send(String topic, int queues, List<Call> calls) throws Exception {
    for (int i = 0; i < calls.size(); i++) {
      server.send(topic, i % queues, calls.get(i).json());
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
    server.makeTopic(name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(5, 3_000, 25, 60));
    send(name, 3, calls.subList(0, 1_000));
    JobID two = PARTS.submit(options(name, NEVER, "--parallelism=2"), null);
    Eventually.holds("some calls are linked", () -> linked(name).size() >= 300);
    String savepoint = PARTS.stop(two);
    server.makeTopic(name, 5);
    JobID three =
        PARTS.submit(options(name, "--idle-flush-ms=10000", "--parallelism=3"), savepoint);
    send(name, 5, calls.subList(1_000, 2_000));
    Eventually.holds("more calls are linked", () -> linked(name).size() >= 1_200);
    server.killBroker();
    server.startBroker();
    send(name, 5, calls.subList(2_000, calls.size()));
    Eventually.holds("all calls are linked", () -> linked(name).size() >= calls.size());
    PARTS.cancel(three);
    assertThat(linked(name)).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(PARTS.topics().readCommitted(name + "-rejected")).isEmpty();
  }

  @Test
  void aTaskThatFailsAfterACheckpointChangesNothingInTheResult() throws Exception {
    String name = "rocket-failure";
    server.makeTopic(name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(3, 3_000, 40, 60));
    send(name, 3, calls.subList(0, 2_000));
    JobOptions options = options(name, "--idle-flush-ms=5000", "--parallelism=2");
    CallweaveJob.prepare(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    JobOutputs outputs = JobOutputs.of(options);
    JobOutputs failing =
        new JobOutputs(
            new RecoveryIT.FailingOnce(options),
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
    Eventually.holds("all calls are linked", () -> linked(name).size() >= calls.size());
    PARTS.cancel(job);
    assertThat(RecoveryIT.FailingOnce.FAILED).isTrue();
    assertThat(linked(name)).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(PARTS.topics().readCommitted(name + "-rejected")).isEmpty();
  }

  @Test
  void aRejectSaysTheQueueAndTheOffsetThatItWasReadFrom() throws Exception {
    String name = "rocket-rejects";
    server.makeTopic(name, 2);
    server.send(name, 1, "no call".getBytes(UTF_8));
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
}
