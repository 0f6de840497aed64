package io.callweave.rocketmq;

import java.io.UnsupportedEncodingException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.body.ClusterInfo;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/** A client that sends to one topic, once each time that it is told to, and asks about it. */
final class ProducerClient implements AutoCloseable {
  private static final int ASK_TIMEOUT_MS = 5_000;

  /** A broker itself waits for its disk and its replicas for up to 5 s. */
  private static final int SEND_TIMEOUT_MS = 10_000;

  private static final Comparator<MessageQueue> BY_NUMBER =
      Comparator.comparingInt(MessageQueue::getQueueId).thenComparing(MessageQueue::getBrokerName);

  private final TopicSettings settings;
  private final DefaultMQProducer producer;

  /**
   * Opens a client.
   *
   * @param role what it does, for its name
   */
  ProducerClient(TopicSettings settings, String role) throws MQClientException {
    this.settings = settings;
    String group = settings.group + "-sink";
    producer = new DefaultMQProducer(group);
    producer.setNamesrvAddr(settings.nameServers);
    // Clients of one name in a process would be one.
    producer.setInstanceName(group + "-" + role + "-" + UUID.randomUUID());
    producer.setMqClientApiTimeout(ASK_TIMEOUT_MS);
    producer.setVipChannelEnabled(false);
    // The limit of a message is that of its body as it is.
    producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
    producer.setMaxMessageSize(Integer.MAX_VALUE);
    // A broker makes a topic by the pattern of this one, which is missing where the topic is.
    producer.setCreateTopicKey(settings.topic);
    producer.start();
  }

  /** The queues that can be written now, those of one number beside each other. */
  List<MessageQueue> queues() throws MQClientException {
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(settings.topic);
    queues.sort(BY_NUMBER);
    return queues;
  }

  /** Sends messages once, in their order. */
  SendStatus send(List<Message> messages, MessageQueue queue)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    SendResult result =
        messages.size() == 1
            ? producer.send(messages.get(0), queue, SEND_TIMEOUT_MS)
            : producer.send(messages, queue, SEND_TIMEOUT_MS);
    return result.getSendStatus();
  }

  /** What the name servers say of the topic. */
  TopicRouteData route() throws RemotingException, MQClientException, InterruptedException {
    return api().getTopicRouteInfoFromNameServer(settings.topic, ASK_TIMEOUT_MS);
  }

  /** The addresses of the brokers that can be written to, by their names. */
  static Map<String, String> masters(TopicRouteData route) {
    Map<String, String> masters = new TreeMap<>();
    for (BrokerData broker : route.getBrokerDatas()) {
      String master = broker.getBrokerAddrs().get(MixAll.MASTER_ID);
      if (master != null) {
        masters.put(broker.getBrokerName(), master);
      }
    }
    return masters;
  }

  /** The brokers that the name servers know. */
  ClusterInfo brokers() throws RemotingException, MQBrokerException, InterruptedException {
    return api().getBrokerClusterInfo(ASK_TIMEOUT_MS);
  }

  /** Bytes of the longest body that a broker takes. */
  long maxMessageSize(String address)
      throws RemotingException, MQBrokerException, InterruptedException {
    try {
      return Long.parseLong(
          api().getBrokerConfig(address, ASK_TIMEOUT_MS).getProperty("maxMessageSize"));
    } catch (UnsupportedEncodingException e) {
      throw new IllegalStateException("the broker at " + address + " does not speak UTF-8", e);
    }
  }

  /** How the topic is configured at a broker. */
  TopicConfig config(String address)
      throws RemotingException, MQBrokerException, InterruptedException {
    return api().getTopicConfig(address, settings.topic, ASK_TIMEOUT_MS);
  }

  /** The newer way to it leads through a class of the tools, with many more jars. */
  @SuppressWarnings("deprecation")
  private MQClientAPIImpl api() {
    return producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
  }

  @Override
  public void close() {
    producer.shutdown();
  }
}
