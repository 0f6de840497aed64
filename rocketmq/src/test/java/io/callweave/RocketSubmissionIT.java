package io.callweave;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.rocketmq.common.TopicConfig;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is found at RocketMQ before the job is submitted. */
class RocketSubmissionIT {
  /** Nothing listens there. */
  private static final String NOWHERE = "127.0.0.1:1";

  private static final int READ_ONLY = 4;
  private static final int READ_AND_WRITE = 6;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @RegisterExtension static final RocketParts ROCKET = new RocketParts();

  /** A job that writes links and rejects, of which the rejects have their topic. */
  private static JobOptions sinks(String name, String... more) throws Exception {
    if (!PARTS.topics().exists(name)) {
      PARTS.topics().createTopic(name, 1);
    }
    ROCKET.server().makeTopic(name + "-rejected", 1);
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--sink=rocketmq");
    all.add("--outputs=links");
    all.add("--rocketmq-namesrv=" + servers());
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private static String servers() {
    return ROCKET.server().nameServers();
  }

  private static ThrowableAssertAlternative<OptionsException> assertRefused(JobOptions options) {
    return assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> CallweaveJob.prepare(options));
  }

  @Test
  void nameServersThatAreAwayAreNamedAndNotTheTopic() {
    PARTS.topics().createTopic("rocket-away", 1);
    for (String where : Arrays.asList("source", "sink")) {
      assertRefused(
              PARTS.options(
                  "rocket-away", "--" + where + "=rocketmq", "--rocketmq-namesrv=" + NOWHERE))
          .withMessageContaining("the name servers of RocketMQ at 127.0.0.1:1 do not answer")
          .withMessageContaining("start them, or name others with --rocketmq-namesrv");
    }
  }

  @Test
  void aTopicThatIsMissingIsRefusedWithTheCommandThatMakesIt() throws Exception {
    String command = "create it: mqadmin updateTopic -n " + servers() + " -c DefaultCluster -t ";
    assertRefused(sinks("rocket-none"))
        .withMessageContaining("the result topic rocket-none-linked of RocketMQ at " + servers())
        .withMessageContaining(command + "rocket-none-linked");
    assertRefused(
            PARTS.options("rocket-none", "--source=rocketmq", "--rocketmq-namesrv=" + servers()))
        .withMessageContaining("the input topic rocket-none of RocketMQ at " + servers())
        .withMessageContaining(command + "rocket-none, or");
  }

  @Test
  void aTopicThatMayOnlyBeReadIsRefusedWithTheCommandThatMendsIt() throws Exception {
    ROCKET.server().makeTopic(new TopicConfig("rocket-readonly-linked", 2, 2, READ_ONLY));
    assertRefused(sinks("rocket-readonly"))
        .withMessageContaining("may not be written to at the broker broker-a (perm 4,")
        .withMessageContaining("-t rocket-readonly-linked -p 6");
  }

  @Test
  void aTopicThatKeepsOnlyTheLastMessageOfAKeyIsRefusedWithTheReason() throws Exception {
    TopicConfig compacted = new TopicConfig("rocket-compact-linked", 1, 1, READ_AND_WRITE);
    compacted.setAttributes(Collections.singletonMap("+cleanup.policy", "COMPACTION"));
    ROCKET.server().makeTopic(compacted);
    assertRefused(sinks("rocket-compact"))
        .withMessageContaining("rocket-compact-linked")
        .withMessageContaining("deletes all but one of the results with the same id");
  }

  @Test
  void brokersThatTakeOnlySmallMessagesAreRefusedWithTheSizeAndTheCommand() throws Exception {
    ROCKET.server().makeTopic("rocket-small-linked", 1);
    JobOptions options = sinks("rocket-small");
    ROCKET.server().setMaxMessageSize(500_000);
    try {
      assertRefused(options)
          .withMessageContaining("takes messages of 500000 bytes at the broker broker-a")
          .withMessageContaining("a result can have 526192 with --max-links 1000")
          .withMessageContaining(
              "mqadmin updateBrokerConfig -n "
                  + servers()
                  + " -c DefaultCluster -k maxMessageSize -v");
      assertThatCode(() -> CallweaveJob.prepare(sinks("rocket-small", "--max-links=900")))
          .doesNotThrowAnyException();
    } finally {
      ROCKET.server().setMaxMessageSize(4 << 20);
    }
  }

  @Test
  void namesThatRocketmqDoesNotTakeAreRefusedWithThoseThatItTakes() throws Exception {
    String[] sink = {"--sink=rocketmq", "--rocketmq-namesrv=" + servers()};
    PARTS.topics().createTopic("rocket.names", 1);
    assertRefused(PARTS.options("rocket.names", sink))
        .withMessageContaining("--group-id is 'rocket.names'; RocketMQ takes letters");
    String longName = String.join("", Collections.nCopies(121, "r"));
    PARTS.topics().createTopic(longName, 1);
    assertRefused(PARTS.options(longName, sink))
        .withMessageContaining("the result topic " + longName + "-linked cannot be one of RocketMQ")
        .withMessageContaining("up to 127");
  }

  @Test
  void brokersThatAreAwayAreNamedAndNotTheTopic() throws Exception {
    ROCKET.server().makeTopic("rocket-down-linked", 1);
    JobOptions options = sinks("rocket-down");
    ROCKET.server().killBroker();
    try {
      // Until the name server has noticed, the broker itself is asked.
      assertRefused(options)
          .withMessageMatching("(?s).*(know no broker; start|start it, or set).*");
      Eventually.holds("the name server has noticed", () -> refusal(options).contains("know no"));
    } finally {
      ROCKET.server().startBroker();
      Eventually.holds("the topic is back", () -> refusal(options).isEmpty());
    }
  }

  private static String refusal(JobOptions options) throws InterruptedException {
    try {
      CallweaveJob.prepare(options);
      return "";
    } catch (OptionsException e) {
      return e.getMessage();
    }
  }
}
