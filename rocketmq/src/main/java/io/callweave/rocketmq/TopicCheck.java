package io.callweave.rocketmq;

import io.callweave.options.OptionsException;
import io.callweave.sink.SinkTopic;
import java.util.Map;
import java.util.Optional;
import org.apache.rocketmq.client.Validators;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.attribute.CleanupPolicy;
import org.apache.rocketmq.common.constant.PermName;
import org.apache.rocketmq.common.utils.CleanupPolicyUtils;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * Looks, before the job is submitted, that a topic can be read or written: a task would find it
 * only when it starts, or at the first message that is refused.
 */
final class TopicCheck {
  private final ProducerClient client;
  private final TopicSettings settings;
  private final String role;

  private TopicCheck(ProducerClient client, TopicSettings settings, String role) {
    this.client = client;
    this.settings = settings;
    this.role = role;
  }

  /**
   * Checks the topic that is read.
   *
   * @throws OptionsException if it is not there
   */
  static void input(TopicSettings settings) throws InterruptedException {
    checkNames(settings, "input");
    try (ProducerClient client = new ProducerClient(settings, "check")) {
      new TopicCheck(client, settings, "input").route();
    } catch (MQClientException e) {
      throw unusable(settings, e);
    }
  }

  /**
   * Checks a topic that is written.
   *
   * @throws OptionsException if it is not there, or does not take what is written
   */
  static void sink(TopicSettings settings, SinkTopic topic) throws InterruptedException {
    checkNames(settings, topic.role);
    try (ProducerClient client = new ProducerClient(settings, "check")) {
      TopicCheck check = new TopicCheck(client, settings, topic.role);
      TopicRouteData route = check.route();
      for (Map.Entry<String, String> broker : ProducerClient.masters(route).entrySet()) {
        check.checkBroker(broker.getKey(), broker.getValue(), MessageLimit.cluster(route), topic);
      }
      if (ProducerClient.masters(route).isEmpty()) {
        throw check.wrong("has no broker that can be written to: start its master");
      }
    } catch (MQClientException e) {
      throw unusable(settings, e);
    }
  }

  private static void checkNames(TopicSettings settings, String role) {
    String right = "RocketMQ takes letters of ASCII, digits, '%%', '|', '_' and '-' alone";
    try {
      Validators.checkGroup(settings.group);
    } catch (MQClientException e) {
      throw new OptionsException(
          String.format("--group-id is '%s'; " + right + ", up to 255", settings.group));
    }
    try {
      Validators.checkTopic(settings.topic);
      Validators.isSystemTopic(settings.topic);
    } catch (MQClientException e) {
      throw new OptionsException(
          String.format(
              "the %s topic %s cannot be one of RocketMQ (%s); name another: "
                  + right
                  + ", up to 127",
              role,
              settings.topic,
              Failures.words(e)));
    }
  }

  /** What the name servers say of it. */
  private TopicRouteData route() throws InterruptedException, MQClientException {
    try {
      return client.route();
    } catch (RemotingException e) {
      throw namesUnreachable(e);
    } catch (MQClientException e) {
      if (e.getResponseCode() == ResponseCode.TOPIC_NOT_EXIST) {
        throw missing();
      }
      throw e;
    }
  }

  private OptionsException namesUnreachable(Exception e) {
    return new OptionsException(
        String.format(
            "the name servers of RocketMQ at %s do not answer (%s); start them, or name others with"
                + " --rocketmq-namesrv",
            settings.nameServers, Failures.words(e)));
  }

  private OptionsException missing() throws InterruptedException {
    try {
      Map<String, ?> clusters = client.brokers().getClusterAddrTable();
      if (clusters.isEmpty()) {
        return new OptionsException(
            String.format(
                "the name servers of RocketMQ at %s know no broker; start the brokers, with these in"
                    + " their namesrvAddr",
                settings.nameServers));
      }
      return wrong(
          String.format(
              "does not exist; create it: mqadmin updateTopic -n %s -c %s -t %s, or start the broker"
                  + " that has it",
              settings.quotedServers(), clusters.keySet().iterator().next(), settings.topic));
    } catch (RemotingException | MQBrokerException e) {
      return namesUnreachable(e);
    }
  }

  private void checkBroker(String broker, String address, String cluster, SinkTopic topic)
      throws InterruptedException {
    try {
      TopicConfig config = client.config(address);
      if (!PermName.isWriteable(config.getPerm()) || config.getWriteQueueNums() == 0) {
        throw wrong(
            String.format(
                "may not be written to at the broker %s (perm %d, %d queues to write); let it:"
                    + " mqadmin updateTopic -n %s -b %s -t %s -p 6 -w 8",
                broker,
                config.getPerm(),
                config.getWriteQueueNums(),
                settings.quotedServers(),
                address,
                settings.topic));
      }
      if (CleanupPolicyUtils.isCompaction(Optional.of(config))) {
        throw wrong(
            String.format(
                "has cleanup.policy %s, but %s; name a topic with %s",
                CleanupPolicy.COMPACTION, topic.whyNotCompacted, CleanupPolicy.DELETE));
      }
      long least = Math.min(topic.recordBytes, MessageLimit.MAX_BODY_BYTES);
      long takes = client.maxMessageSize(address);
      if (takes < least) {
        throw wrong(
            String.format(
                "takes messages of %d bytes at the broker %s, but %s; lower that, or %s",
                takes, broker, topic.whyBytes, MessageLimit.raise(settings, cluster, least)));
      }
    } catch (RemotingException | MQBrokerException e) {
      throw wrong(
          String.format(
              "is at the broker %s, which does not answer at %s (%s); start it, or set its brokerIP1"
                  + " to an address that this machine and the TaskManagers reach",
              broker, address, Failures.words(e)));
    }
  }

  private OptionsException wrong(String what) {
    return new OptionsException(
        String.format(
            "the %s topic %s of RocketMQ at %s %s",
            role, settings.topic, settings.nameServers, what));
  }

  private static OptionsException unusable(TopicSettings settings, MQClientException e) {
    return new OptionsException(
        String.format(
            "RocketMQ at %s cannot be used (%s); check --rocketmq-namesrv, and that its servers are"
                + " of version 5",
            settings.nameServers, Failures.words(e)));
  }
}
