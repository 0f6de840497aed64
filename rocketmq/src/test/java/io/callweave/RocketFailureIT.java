package io.callweave;

import static io.callweave.options.JobOptionTable.CHAINS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.kafka.KafkaInput;
import io.callweave.options.JobOptions;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From Kafka to RocketMQ: what holds when something fails in the middle. */
class RocketFailureIT {
  private static final long START_MS = 1_700_000_000_000L;
  private static final Pattern VERTEX = Pattern.compile("\"id\":\"([0-9a-f]{32})\",\"name\"");
  private static final Pattern RESENDS = Pattern.compile("\"id\":\"([^\"]*resends)\"");

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @RegisterExtension static final RocketParts ROCKET = new RocketParts();

  private static JobOptions options(String name, String... more) throws Exception {
    ROCKET.server().makeTopic(name + "-linked", 4);
    ROCKET.server().makeTopic(name + "-rejected", 2);
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--rocketmq-namesrv=" + ROCKET.server().nameServers());
    all.add("--partition-idle-ms=1000");
    // What comes after a flush is late.
    all.add("--idle-flush-ms=86400000");
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private static List<String> bodies(String topic) throws Exception {
    return ROCKET.server().messages(topic).stream()
        .map(message -> new String(message.getBody(), UTF_8))
        .sorted()
        .collect(Collectors.toList());
  }

  /** What repeats are to be left out of: they are the same, byte for byte. */
  private static List<String> distinct(String topic) throws Exception {
    return new ArrayList<>(new TreeSet<>(bodies(topic)));
  }

  @Test
  void aBrokerThatIsKilledAndComesBackHasEveryRecordAndRepeatsAreTheSame() throws Exception {
    String name = "rocket-killed";
    JobTopics topics = new JobTopics(PARTS.topics(), name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(7, 3_000, 25, 60));
    topics.write(calls.subList(0, 1_000));
    JobID job =
        PARTS.submit(options(name, "--outputs=links", "--sink=rocketmq", "--parallelism=2"), null);
    Eventually.holds("some calls are linked", () -> bodies(name + "-linked").size() >= 300);
    ROCKET.server().killBroker();
    topics.write(calls.subList(1_000, 2_000));
    Eventually.holds("messages are sent again", () -> resends(job) > 0);
    ROCKET.server().startBroker();
    topics.write(calls.subList(2_000, calls.size()));
    topics.goOnTo(START_MS + 400_000);
    Eventually.holds(
        "all calls are linked", () -> distinctWhereThereIsABroker(name).size() >= calls.size());
    PARTS.cancel(job);
    assertThat(distinct(name + "-linked")).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(bodies(name + "-rejected")).isEmpty();
  }

  /** A broker that has just come back is not known to the name server yet. */
  private static List<String> distinctWhereThereIsABroker(String name) throws Exception {
    try {
      return distinct(name + "-linked");
    } catch (org.apache.rocketmq.client.exception.MQClientException notYet) {
      return new ArrayList<>();
    }
  }

  /** Messages that were sent again, over all subtasks of the links' sink. */
  private static double resends(JobID job) throws Exception {
    double sum = 0;
    Matcher vertices = VERTEX.matcher(PARTS.page("/jobs/" + job));
    while (vertices.find()) {
      String metrics = "/jobs/" + job + "/vertices/" + vertices.group(1) + "/subtasks/metrics";
      Matcher resends = RESENDS.matcher(PARTS.page(metrics));
      while (resends.find()) {
        String value =
            PARTS.page(
                metrics + "?agg=sum&get=" + URLEncoder.encode(resends.group(1), UTF_8.name()));
        sum += Double.parseDouble(value.replaceFirst(".*\"sum\":([0-9.E]+).*", "$1"));
      }
    }
    return sum;
  }

  @Test
  void aTaskThatFailsAfterACheckpointLosesNothingAndRepeatsAreTheSame() throws Exception {
    String name = "rocket-sink-failure";
    JobTopics topics = new JobTopics(PARTS.topics(), name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(3, 3_000, 40, 60));
    topics.write(calls.subList(0, 2_000));
    JobOptions options =
        options(
            name,
            "--outputs=links,chains",
            "--sink=links=rocketmq,rejects=rocketmq,kafka",
            "--parallelism=2");
    CallweaveJob.prepare(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    JobOutputs outputs = JobOutputs.of(options);
    JobOutputs failing =
        new JobOutputs(
            outputs.links,
            new RecoveryIT.FailingOnce(options, CHAINS),
            outputs.edges,
            outputs.entries,
            outputs.alerts,
            outputs.entryAlerts,
            outputs.spans,
            outputs.rejects);
    new JobTopology(new KafkaInput(options), failing).build(env, options);
    JobID job = PARTS.submit(env, null);
    Eventually.holds("some calls are linked", () -> bodies(name + "-linked").size() >= 300);
    RecoveryIT.FailingOnce.ARMED.set(true);
    topics.write(calls.subList(2_000, calls.size()));
    topics.goOnTo(START_MS + 400_000);
    Eventually.holds(
        "all calls are linked", () -> distinct(name + "-linked").size() >= calls.size());
    PARTS.cancel(job);
    assertThat(RecoveryIT.FailingOnce.FAILED).isTrue();
    assertThat(distinct(name + "-linked")).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(bodies(name + "-rejected")).isEmpty();
  }

  @Test
  void aResultThatBrokersTakeNoLongerEndsTheJobWithTopicSizeLimitAndCure() throws Exception {
    String name = "rocket-refused";
    JobTopics topics = new JobTopics(PARTS.topics(), name, 1);
    JobID job =
        PARTS.submit(options(name, "--outputs=links", "--sink=rocketmq", "--parallelism=1"), null);
    topics.write(0, Call.call("good", "a", "b", START_MS, START_MS + 1));
    topics.write(0, Call.call("next", "a", "b", START_MS + 60_000, START_MS + 60_001));
    Eventually.holds("a call is linked", () -> bodies(name + "-linked").size() == 1);
    ROCKET.server().setMaxMessageSize(100);
    try {
      topics.write(0, Call.call("last", "a", "b", START_MS + 120_000, START_MS + 120_001));
      assertThat(PARTS.failure(job))
          .startsWith("the topic rocket-refused-linked takes no message of ")
          .contains("only up to 100; raise the maxMessageSize of its brokers")
          .contains("mqadmin updateBrokerConfig");
    } finally {
      ROCKET.server().setMaxMessageSize(4 << 20);
    }
  }

  @Test
  void aRejectSaysItsReasonAndPlaceAndHasTheRecordOrHowItWas() throws Exception {
    String name = "rocket-sink-rejects";
    JobTopics topics = new JobTopics(PARTS.topics(), name, 1);
    topics.write(0, "no call".getBytes(UTF_8));
    topics.write(0, (byte[]) null);
    topics.write(0, new byte[0]);
    topics.flush();
    JobID job =
        PARTS.submit(options(name, "--outputs=links", "--sink=rocketmq", "--parallelism=1"), null);
    Eventually.holds("three are rejected", () -> bodies(name + "-rejected").size() == 3);
    PARTS.cancel(job);
    MessageExt[] rejects = new MessageExt[3];
    for (MessageExt reject : ROCKET.server().messages(name + "-rejected")) {
      assertThat(reject.getUserProperty("callweave.reason")).isEqualTo("malformed");
      assertThat(reject.getUserProperty("callweave.detail")).isNotEmpty();
      assertThat(reject.getUserProperty("callweave.topic")).isEqualTo(name);
      assertThat(reject.getUserProperty("callweave.partition")).isEqualTo("0");
      rejects[Integer.parseInt(reject.getUserProperty("callweave.offset"))] = reject;
    }
    assertThat(rejects[0].getBody()).isEqualTo("no call".getBytes(UTF_8));
    assertThat(rejects[0].getUserProperty("callweave.value")).isNull();
    assertThat(rejects[1].getUserProperty("callweave.value")).isEqualTo("null");
    assertThat(rejects[2].getUserProperty("callweave.value")).isEqualTo("empty");
  }

  @Test
  void aCancelledJobLeavesNoThreadOfAClientEvenWhileTheBrokerIsAway() throws Exception {
    String name = "rocket-threads";
    JobTopics topics = new JobTopics(PARTS.topics(), name, 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(9, 1_000, 25, 60));
    topics.write(calls);
    JobOptions options = options(name, "--outputs=links", "--sink=rocketmq", "--parallelism=2");
    CallweaveJob.prepare(options);
    Eventually.holds("the check has ended its clients", () -> clientThreads() <= ofServer());
    JobID job = PARTS.submit(options, null);
    Eventually.holds("some calls are linked", () -> bodies(name + "-linked").size() >= 100);
    assertThat(clientThreads()).isGreaterThan(ofServer());
    ROCKET.server().killBroker();
    try {
      PARTS.cancel(job);
      Eventually.holds("no thread is left", () -> clientThreads() <= ofServer());
    } finally {
      ROCKET.server().startBroker();
    }
  }

  /** The one client of the server of these tests has one. */
  private static long ofServer() {
    return 1;
  }

  /** Threads that each client has one of. */
  private static long clientThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("MQClientFactoryScheduledThread"))
        .count();
  }
}
