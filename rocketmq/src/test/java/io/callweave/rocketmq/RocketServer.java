package io.callweave.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.Eventually;
import io.callweave.TestJvm;
import io.callweave.options.JobOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.util.FileUtils;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.OffsetNotFoundException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;

/**
 * A real name server and broker of RocketMQ as processes of their own, on the loopback only. The
 * system property {@value #PARTS} names the folder of their jars. One thread at a time.
 */
public final class RocketServer implements AutoCloseable {
  /** Names the folder with the jars of RocketMQ. */
  public static final String PARTS = "callweave.rocketmq.parts";

  private static final String BROKER = "broker-a";

  /** Kills what it has started when its input ends, be it with this JVM. */
  private static final String GUARD =
      "trap '' HUP INT TERM; \"$@\" & while read -r _; do :; done; kill -9 $!; wait";

  private final Path folder;
  private final int namePort = freePort();
  private final int brokerPort = freePort();
  private Process nameServer;
  private Process broker;
  private DefaultMQProducer producer;

  private RocketServer(Path folder) {
    this.folder = folder;
  }

  /** Whether there is anything to start. */
  public static boolean isHere() {
    return System.getProperty(PARTS) != null
        && Files.isDirectory(Paths.get(System.getProperty(PARTS)));
  }

  /** Starts both; returns when messages can be sent, after some seconds. */
  public static RocketServer start() throws Exception {
    RocketServer server = new RocketServer(Files.createTempDirectory("callweave-rocketmq-"));
    try {
      server.launch();
      return server;
    } catch (Exception | Error e) {
      server.close();
      throw e;
    }
  }

  private void launch() throws Exception {
    Path nameSettings = folder.resolve("namesrv.conf");
    Files.write(
        nameSettings, Arrays.asList("listenPort=" + namePort, "bindAddress=127.0.0.1"), UTF_8);
    nameServer = run("org.apache.rocketmq.namesrv.NamesrvStartup", "64m", nameSettings);
    Eventually.holds("the name server listens", () -> listens(namePort));
    Files.write(
        folder.resolve("broker.conf"),
        Arrays.asList(
            "brokerName=" + BROKER,
            "brokerIP1=127.0.0.1",
            "bindAddress=127.0.0.1",
            "listenPort=" + brokerPort,
            "namesrvAddr=" + nameServers(),
            "storePathRootDir=" + folder.resolve("store"),
            "mappedFileSizeCommitLog=16777216",
            "flushDiskType=ASYNC_FLUSH"),
        UTF_8);
    startBroker();
    producer = new DefaultMQProducer("tests");
    producer.setNamesrvAddr(nameServers());
    producer.setSendMsgTimeout(20_000);
    producer.setRetryTimesWhenSendFailed(10);
    producer.start();
  }

  /** Starts the broker, on the port and data that it had. */
  public void startBroker() throws Exception {
    broker = run("org.apache.rocketmq.broker.BrokerStartup", "256m", folder.resolve("broker.conf"));
    Eventually.holds("the broker listens", () -> listens(brokerPort));
  }

  /** Ends the broker as {@code kill -9} does. */
  public void killBroker() throws IOException, InterruptedException {
    kill(broker);
  }

  private static void kill(Process guarded) throws IOException, InterruptedException {
    guarded.getOutputStream().close();
    guarded.waitFor();
  }

  /** What a client names. */
  public String nameServers() {
    return "127.0.0.1:" + namePort;
  }

  /** Makes a topic, or gives it more queues. */
  @SuppressWarnings("deprecation")
  public void makeTopic(String topic, int queues) throws Exception {
    Eventually.holds(
        "the topic is made",
        () -> {
          try {
            producer.createTopic("TBW102", topic, queues, Collections.emptyMap());
            return producer.fetchPublishMessageQueues(topic).size() == queues;
          } catch (org.apache.rocketmq.client.exception.MQClientException notYet) {
            return false;
          }
        });
  }

  /** Makes a topic with this configuration. */
  public void makeTopic(TopicConfig topic) throws Exception {
    api().createTopic(brokerAddress(), "TBW102", topic, 5_000);
    Eventually.holds(
        "the topic is made",
        () -> {
          try {
            return api().getTopicRouteInfoFromNameServer(topic.getTopicName(), 5_000) != null;
          } catch (org.apache.rocketmq.client.exception.MQClientException notYet) {
            return false;
          }
        });
  }

  /** Sets how long the body of a message may be, bytes. */
  public void setMaxMessageSize(int bytes) throws Exception {
    Properties setting = new Properties();
    setting.setProperty("maxMessageSize", Integer.toString(bytes));
    api().updateBrokerConfig(brokerAddress(), setting, 5_000);
  }

  private String brokerAddress() {
    return "127.0.0.1:" + brokerPort;
  }

  @SuppressWarnings("deprecation")
  private MQClientAPIImpl api() {
    return producer.getDefaultMQProducerImpl().getMqClientFactory().getMQClientAPIImpl();
  }

  /** Sends a message to a queue; it outlives a kill of the broker. */
  public void send(String topic, int queue, byte[] body) throws Exception {
    MessageQueue to = new MessageQueue(topic, BROKER, queue);
    SendStatus status = producer.send(new Message(topic, body), to).getSendStatus();
    if (status != SendStatus.SEND_OK) {
      throw new IllegalStateException("a message was sent with the status " + status);
    }
  }

  /** All messages of a topic, queue after queue. */
  public List<MessageExt> messages(String topic) throws Exception {
    List<MessageExt> messages = new ArrayList<>();
    try (QueueClient client = new QueueClient(settings(topic), "reader")) {
      for (MessageQueue queue : client.queues()) {
        long end = client.end(queue);
        long next = client.least(queue);
        while (next < end) {
          PullResult pulled = client.pull(queue, next);
          if (pulled.getMsgFoundList() != null) {
            messages.addAll(pulled.getMsgFoundList());
          }
          next = pulled.getNextBeginOffset();
        }
      }
    }
    return messages;
  }

  /** The offset that a group has committed of the first queue; 0 or -1 where it has none. */
  public long offset(String topic, String group) throws Exception {
    QueryConsumerOffsetRequestHeader asked = new QueryConsumerOffsetRequestHeader();
    asked.setTopic(topic);
    asked.setConsumerGroup(group);
    asked.setQueueId(0);
    try {
      return api().queryConsumerOffset(brokerAddress(), asked, 5_000);
    } catch (OffsetNotFoundException none) {
      return -1;
    }
  }

  private TopicSettings settings(String topic) {
    return new TopicSettings(
        JobOptions.parse(
            new String[] {
              "--source=rocketmq", "--rocketmq-namesrv=" + nameServers(), "--group-id=tests"
            },
            Collections.emptyMap()),
        topic);
  }

  private Process run(String mainClass, String heap, Path settings) throws IOException {
    List<String> command = new ArrayList<>(Arrays.asList("sh", "-c", GUARD, "guard"));
    command.addAll(TestJvm.command(heap));
    command.addAll(
        Arrays.asList(
            "-XX:MaxDirectMemorySize=256m",
            "-Duser.home=" + folder,
            "-Djava.io.tmpdir=" + folder,
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "-cp",
            Paths.get(System.getProperty(PARTS)).toAbsolutePath().resolve("*").toString(),
            mainClass,
            "-c",
            settings.toString()));
    if (System.getProperty("java.version").startsWith("1.")) {
      command.removeIf(argument -> argument.startsWith("--add-exports"));
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("ROCKETMQ_HOME", folder.toString());
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output.txt").toFile()))
        .start();
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** The broker takes the ports beside its own, too. Below those that connections go out from. */
  @SuppressWarnings("try")
  private static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(3_000, 7_500) * 4;
      try (ServerSocket own = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
          ServerSocket next = new ServerSocket(port + 1, 1, InetAddress.getLoopbackAddress());
          ServerSocket before = new ServerSocket(port - 2, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no port between 12000 and 30000 is free");
  }

  @Override
  public void close() {
    try {
      if (producer != null) {
        producer.shutdown();
      }
      for (Process process : new Process[] {broker, nameServer}) {
        if (process != null) {
          kill(process);
        }
      }
      FileUtils.deleteDirectory(folder.toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("cannot delete " + folder, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
