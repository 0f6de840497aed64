import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Makes, fills and reads topics of RocketMQ: make, put or get. */
public final class Messages {
  private static final int WAIT_MS = 30_000;

  private Messages() {}

  public static void main(String[] words) throws Exception {
    switch (words[0]) {
      case "make":
        make(words[1], words[2], Integer.parseInt(words[3]));
        break;
      case "put":
        put(words[1], words[2], words[3], Integer.parseInt(words[4]));
        break;
      case "get":
        get(words[1], words[2], words[3]);
        break;
      default:
        throw new IllegalArgumentException("make, put or get is wanted, not " + words[0]);
    }
  }

  private static DefaultMQProducer producer(String servers) throws MQClientException {
    DefaultMQProducer producer = new DefaultMQProducer("callweave-rigs");
    producer.setNamesrvAddr(servers);
    producer.setInstanceName(UUID.randomUUID().toString());
    producer.setRetryTimesWhenSendFailed(10);
    producer.start();
    return producer;
  }

  /** Returns when the topic can be written. */
  private static void make(String servers, String topic, int queues) throws Exception {
    DefaultMQProducer producer = producer(servers);
    long giveUpAtMs = System.currentTimeMillis() + WAIT_MS;
    while (true) {
      try {
        producer.createTopic("TBW102", topic, queues, Collections.emptyMap());
        if (producer.fetchPublishMessageQueues(topic).size() == queues) {
          break;
        }
      } catch (MQClientException notYet) {
        if (System.currentTimeMillis() > giveUpAtMs) {
          throw notYet;
        }
      }
      Thread.sleep(200);
    }
    producer.shutdown();
  }

  /** Sends what stands in a file behind lengths, queue by queue in turn, at a steady pace. */
  private static void put(String servers, String topic, String file, int perSecond)
      throws Exception {
    DefaultMQProducer producer = producer(servers);
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    Collections.sort(queues);
    long startMs = System.currentTimeMillis();
    int sent = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(Paths.get(file)))) {
      for (byte[] body = next(in); body != null; body = next(in)) {
        long aheadMs = startMs + 1_000L * sent / perSecond - System.currentTimeMillis();
        if (aheadMs > 0) {
          Thread.sleep(aheadMs);
        }
        MessageQueue queue = queues.get(sent++ % queues.size());
        SendStatus status = producer.send(new Message(topic, body), queue).getSendStatus();
        if (status != SendStatus.SEND_OK) {
          throw new IOException("a message was sent with the status " + status);
        }
      }
    }
    producer.shutdown();
  }

  /** The next message; null at the end. */
  private static byte[] next(InputStream in) throws IOException {
    int length = 0;
    for (int shift = 0; ; shift += 7) {
      int part = in.read();
      if (part < 0 && shift == 0) {
        return null;
      }
      if (part < 0) {
        throw new EOFException("the file ends in a length");
      }
      length |= (part & 0x7f) << shift;
      if (part < 0x80) {
        break;
      }
    }
    byte[] body = new byte[length];
    new DataInputStream(in).readFully(body);
    return body;
  }

  /** Writes a line per message to a file, keys and body: the client writes to the standard output. */
  @SuppressWarnings("deprecation")
  private static void get(String servers, String topic, String file) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("callweave-rigs");
    consumer.setNamesrvAddr(servers);
    consumer.setInstanceName(UUID.randomUUID().toString());
    consumer.start();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(Paths.get(file)))) {
      for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
        read(consumer, queue, out);
      }
    }
    consumer.shutdown();
  }

  @SuppressWarnings("deprecation")
  private static void read(DefaultMQPullConsumer consumer, MessageQueue queue, OutputStream out)
      throws Exception {
    long end = consumer.maxOffset(queue);
    long next = consumer.minOffset(queue);
    while (next < end) {
      PullResult pulled = consumer.pull(queue, "*", next, 256);
      if (pulled.getMsgFoundList() != null) {
        for (MessageExt message : pulled.getMsgFoundList()) {
          String keys = message.getKeys() == null ? "" : message.getKeys();
          out.write((keys + '\t').getBytes(StandardCharsets.UTF_8));
          out.write(message.getBody());
          out.write('\n');
        }
      }
      next = pulled.getNextBeginOffset();
    }
  }
}
