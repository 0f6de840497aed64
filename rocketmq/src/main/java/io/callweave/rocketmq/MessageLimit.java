package io.callweave.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/** How large a message of a topic may be, by its brokers. */
final class MessageLimit {
  /** Neither a client nor a broker reads a frame of more than 16 MiB, headers included. */
  static final long MAX_BODY_BYTES = (16 << 20) - (64 << 10);

  /** A message has 32,767; the client and the broker add some of their own. */
  private static final int MAX_PROPERTY_BYTES = 30_000;

  private final TopicSettings settings;
  private final String cluster;
  private final long bodyBytes;

  MessageLimit(TopicSettings settings, String cluster, long bodyBytes) {
    this.settings = settings;
    this.cluster = cluster;
    this.bodyBytes = bodyBytes;
  }

  /** Asks the brokers that have the topic; the least counts. */
  static MessageLimit ask(ProducerClient client, TopicSettings settings)
      throws RemotingException, MQClientException, MQBrokerException, InterruptedException {
    TopicRouteData route = client.route();
    long least = MAX_BODY_BYTES;
    for (String master : ProducerClient.masters(route).values()) {
      least = Math.min(least, client.maxMessageSize(master));
    }
    return new MessageLimit(settings, cluster(route), least);
  }

  /** What it would be if the brokers were asked now. */
  MessageLimit askAnew(ProducerClient client)
      throws RemotingException, MQClientException, MQBrokerException, InterruptedException {
    return ask(client, settings);
  }

  /** The cluster of a topic's brokers, for commands. */
  static String cluster(TopicRouteData route) {
    return route.getBrokerDatas().stream()
        .map(BrokerData::getCluster)
        .findFirst()
        .orElse("CLUSTER");
  }

  /** Bytes of the longest body. */
  long bodyBytes() {
    return bodyBytes;
  }

  /** Whether the brokers take it. */
  boolean fits(Message message) {
    return message.getBody().length <= bodyBytes && propertyBytes(message) <= MAX_PROPERTY_BYTES;
  }

  /** The beginning of a body, as much as the brokers take. */
  byte[] cut(byte[] body) {
    return Arrays.copyOf(body, (int) Math.min(body.length, bodyBytes));
  }

  /** Bytes of the properties, as they are sent. */
  static int propertyBytes(Message message) {
    int bytes = 0;
    for (Map.Entry<String, String> property : message.getProperties().entrySet()) {
      bytes += property.getKey().length() + property.getValue().getBytes(UTF_8).length + 2;
    }
    return bytes;
  }

  /** One sentence for a message that does not fit, or was refused. */
  String refusal(Message message) {
    int properties = propertyBytes(message);
    if (properties > MAX_PROPERTY_BYTES) {
      return String.format(
          "a message for the topic %s has keys and properties of %d bytes, and RocketMQ takes %d;"
              + " write this output to Kafka, which takes them",
          settings.topic, properties, MAX_PROPERTY_BYTES);
    }
    return String.format(
        "the topic %s takes no message of %d bytes, only up to %d; %s",
        settings.topic,
        message.getBody().length,
        bodyBytes,
        raise(settings, cluster, message.getBody().length));
  }

  /** How to have brokers take messages of so many bytes. */
  static String raise(TopicSettings settings, String cluster, long bytes) {
    if (bytes > MAX_BODY_BYTES) {
      return String.format(
          "no broker takes more than %d: write this output to Kafka, which does", MAX_BODY_BYTES);
    }
    return String.format(
        "raise the maxMessageSize of its brokers, in broker.conf, too: mqadmin updateBrokerConfig"
            + " -n %s -c %s -k maxMessageSize -v %d",
        settings.quotedServers(), cluster, Math.min(MAX_BODY_BYTES, bytes + bytes / 8));
  }
}
