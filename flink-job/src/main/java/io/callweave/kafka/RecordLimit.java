package io.callweave.kafka;

import java.io.Serializable;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.SimpleRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How large a record of a topic may be, by the topic's configuration and the producer's.
 *
 * <p>It has to be known before a record is sent: one that is refused spoils its whole transaction.
 */
public final class RecordLimit implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(RecordLimit.class);

  private static final int ASK_TIMEOUT_MS = 15_000;
  private static final String MAX_REQUEST_SIZE_DEFAULT = "1048576";
  private static final String BATCH_SIZE_DEFAULT = "16384";
  private static final String BUFFER_MEMORY_DEFAULT = "33554432";

  private final String topic;
  private final Properties adminProperties;
  private final Properties producer;

  /** Bytes of a batch that the topic takes; {@link Long#MAX_VALUE} if that may not be known. */
  private transient long topicBytes;

  /** The batch is measured as the producer compresses it, and as the topic keeps it. */
  private transient Set<CompressionType> compressions;

  private transient long largestBytes;

  /** Asks nothing yet. */
  public RecordLimit(String topic, Properties adminProperties, Properties producer) {
    this.topic = topic;
    this.adminProperties = adminProperties;
    this.producer = producer;
  }

  /**
   * Asks the broker for the limit of the topic.
   *
   * @throws KafkaException if there is no answer within 15 s. No right to know it is no failure:
   *     there is no limit then.
   */
  void ask() {
    Properties properties = new Properties();
    properties.putAll(adminProperties);
    properties.putIfAbsent("default.api.timeout.ms", Integer.toString(ASK_TIMEOUT_MS));
    properties.putIfAbsent("request.timeout.ms", Integer.toString(ASK_TIMEOUT_MS));
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    compressions = new TreeSet<>();
    compressions.add(compression(producer.getProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG)));
    Admin admin = Admin.create(properties);
    try {
      Map<ConfigResource, Config> answer =
          admin.describeConfigs(Collections.singleton(resource)).all().get();
      Config config = answer.get(resource);
      topicBytes = Long.parseLong(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
      compressions.add(compression(config.get(TopicConfig.COMPRESSION_TYPE_CONFIG).value()));
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw new KafkaException("the limits of the topic " + topic + " are not known", e);
      }
      LOG.warn("This user may not read how large a record of {} may be: it is not checked", topic);
      topicBytes = Long.MAX_VALUE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while asking for the limits of " + topic, e);
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  /**
   * What {@link #bytes} would be if the broker were asked now. The limit in force stays: it is the
   * one that records were let through by.
   */
  long askAnew() {
    RecordLimit anew = new RecordLimit(topic, adminProperties, producer);
    anew.ask();
    return anew.bytes();
  }

  private CompressionType compression(String name) {
    if (name == null || name.equals("uncompressed")) {
      return CompressionType.NONE;
    }
    return name.equals("producer")
        ? compression(producer.getProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG))
        : CompressionType.forName(name);
  }

  /**
   * Has a producer make no larger batches than the topic takes. It splits one that is refused, but
   * into batches of its usual size, and so without an end where that is above the limit.
   */
  void boundBatches(Properties properties) {
    long configured = property(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_SIZE_DEFAULT);
    properties.setProperty(
        ProducerConfig.BATCH_SIZE_CONFIG, Long.toString(Math.min(configured, topicBytes)));
  }

  /** Whether the producer and the topic take it; compresses it only if it is large. */
  boolean fits(ProducerRecord<byte[], byte[]> record) {
    long bytes = bytes(record);
    largestBytes = Math.max(largestBytes, bytes);
    return bytes <= clientBytes() && batchBytes(record, bytes) <= topicBytes;
  }

  /** At most so large is a batch of it alone, in any compression; less if that is all the same. */
  private long batchBytes(ProducerRecord<byte[], byte[]> record, long bytes) {
    // What cannot be compressed grows, by less than an eighth.
    if (bytes + bytes / 8 <= topicBytes) {
      return bytes;
    }
    SimpleRecord alone =
        new SimpleRecord(0, record.key(), record.value(), record.headers().toArray());
    return compressions.stream()
        .mapToLong(compression -> MemoryRecords.withRecords(compression, alone).sizeInBytes())
        .max()
        .getAsLong();
  }

  /** Bytes of a request with this record alone, not compressed, at most: as the producer counts. */
  static long bytes(ProducerRecord<byte[], byte[]> record) {
    return AbstractRecords.estimateSizeInBytesUpperBound(
        RecordBatch.CURRENT_MAGIC_VALUE,
        CompressionType.NONE,
        record.key(),
        record.value(),
        record.headers().toArray());
  }

  /** Bytes of the largest record that fits in any case. */
  long bytes() {
    return Math.min(topicBytes, clientBytes());
  }

  private long clientBytes() {
    return Math.min(requestBytes(), bufferBytes());
  }

  private long requestBytes() {
    return property(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_SIZE_DEFAULT);
  }

  private long bufferBytes() {
    return property(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_MEMORY_DEFAULT);
  }

  private long property(String name, String defaultValue) {
    return Long.parseLong(producer.getProperty(name, defaultValue).trim());
  }

  /** Bytes of the largest record so far. */
  long largestBytes() {
    return largestBytes;
  }

  /** One sentence for a record of so many bytes that does not fit, or was refused. */
  String refusal(long bytes) {
    if (bytes > clientBytes()) {
      String property =
          requestBytes() <= bufferBytes()
              ? ProducerConfig.MAX_REQUEST_SIZE_CONFIG
              : ProducerConfig.BUFFER_MEMORY_CONFIG;
      return String.format(
          "a record of %d bytes for the topic %s is larger than the Kafka property %s allows, %d;"
              + " raise it with --kafka.%s",
          bytes, topic, property, clientBytes(), property);
    }
    return String.format(
        "the topic %s takes no record of %d bytes, %s; raise its %s: kafka-configs.sh"
            + " --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config"
            + " %s=%d",
        topic,
        bytes,
        topicBytes == Long.MAX_VALUE
            ? "and this user may not read its limit"
            : "only up to " + topicBytes,
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        adminProperties.getProperty("bootstrap.servers"),
        topic,
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        bytes + bytes / 8);
  }

  /** One sentence for a record that the topic refuses as it is, with the broker's words. */
  String invalid(String words) {
    return String.format(
        "the topic %s refuses a record (%s); if its %s is compact: kafka-configs.sh"
            + " --bootstrap-server %s --alter --entity-type topics --entity-name %s --add-config"
            + " %s=%s",
        topic,
        words,
        TopicConfig.CLEANUP_POLICY_CONFIG,
        adminProperties.getProperty("bootstrap.servers"),
        topic,
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_DELETE);
  }
}
