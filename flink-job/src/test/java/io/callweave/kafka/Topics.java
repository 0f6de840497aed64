package io.callweave.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Makes, fills and reads the topics of one broker. Records are bytes. One thread at a time. */
public final class Topics implements AutoCloseable {
  private static final Duration READ_LIMIT = Duration.ofSeconds(60);

  private final String bootstrap;
  private final AdminClient admin;
  private final KafkaProducer<byte[], byte[]> producer;

  /** What was handed on since the last {@link #flush}. */
  private final List<Future<RecordMetadata>> written = new ArrayList<>();

  /**
   * Connects to a broker.
   *
   * @param bootstrap its {@code HOST:PORT}
   */
  public Topics(String bootstrap) {
    this(bootstrap, "none");
  }

  /**
   * The same, to write compressed records.
   *
   * @param compression as Kafka's {@code compression.type} names it
   */
  public Topics(String bootstrap, String compression) {
    this.bootstrap = bootstrap;
    this.admin = AdminClient.create(clientProperties());
    Properties properties = clientProperties();
    properties.setProperty(ProducerConfig.ACKS_CONFIG, "all");
    properties.setProperty(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    // A partition that was made an instant ago may refuse a batch and take the next one; with more
    // than one under way, the broker then refuses the first for good: its sequence is in the past.
    properties.setProperty(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
    properties.setProperty(ProducerConfig.LINGER_MS_CONFIG, "5");
    properties.setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression);
    // A record larger than a broker takes is the broker's to refuse.
    properties.setProperty(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "16777216");
    this.producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Makes a topic that must not exist yet, and waits until its partitions can be written. */
  public void createTopic(String name, int partitions) {
    NewTopic topic = new NewTopic(name, partitions, (short) 1);
    await(admin.createTopics(Collections.singletonList(topic)).all());
    // A broker that is asked too early refuses, and this old producer may then hang on to a batch
    // until it expires. Reading waits until the partitions are there.
    readCommitted(name);
  }

  /** Gives a topic more partitions. */
  public void addPartitions(String name, int total) {
    await(
        admin
            .createPartitions(Collections.singletonMap(name, NewPartitions.increaseTo(total)))
            .all());
  }

  /** Sets how large a record of a topic may be, as it is compressed, bytes. */
  public void setMaxMessageBytes(String name, int bytes) {
    configure(name, "max.message.bytes", Integer.toString(bytes));
  }

  /** Changes one setting of a topic; it holds when this returns. */
  public void configure(String name, String setting, String value) {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, name);
    AlterConfigOp set =
        new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET);
    await(
        admin
            .incrementalAlterConfigs(
                Collections.singletonMap(topic, Collections.singletonList(set)))
            .all());
    // The node that takes a change is not the one that has to know.
    long deadline = System.nanoTime() + READ_LIMIT.toNanos();
    while (!value.equals(setting(topic, setting))) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(setting + " of the topic " + name + " does not change");
      }
    }
  }

  private String setting(ConfigResource topic, String setting) {
    return await(admin.describeConfigs(Collections.singleton(topic)).all())
        .get(topic)
        .get(setting)
        .value();
  }

  /** Denies an operation on a topic to a user, and allows all others. */
  public void deny(String user, AclOperation operation, String name) {
    // A topic with any rule is closed to whom none allows it.
    await(
        admin
            .createAcls(
                Arrays.asList(
                    rule(name, user, AclOperation.ALL, AclPermissionType.ALLOW),
                    rule(name, user, operation, AclPermissionType.DENY)))
            .all());
  }

  private static AclBinding rule(
      String topic, String user, AclOperation operation, AclPermissionType type) {
    return new AclBinding(
        new ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL),
        new AccessControlEntry("User:" + user, "*", operation, type));
  }

  /** Removes a topic. */
  public void deleteTopic(String name) {
    await(admin.deleteTopics(Collections.singletonList(name)).all());
  }

  /** Whether the broker has a topic of this name. */
  public boolean exists(String name) {
    return await(admin.listTopics().names()).contains(name);
  }

  /**
   * Hands a record without key to the producer. It is in the topic after {@link #flush}.
   *
   * @param value null for a record without value
   */
  public void write(String topic, int partition, byte[] value) {
    write(new ProducerRecord<>(topic, partition, null, value));
  }

  /** Hands any record to the producer. It is in the topic after {@link #flush}. */
  public void write(ProducerRecord<byte[], byte[]> record) {
    written.add(producer.send(record));
  }

  /**
   * Waits until all records written so far are in their topics.
   *
   * @throws IllegalStateException if one of them is not, with Kafka's reason
   */
  public void flush() {
    producer.flush();
    List<Future<RecordMetadata>> all = new ArrayList<>(written);
    written.clear();
    all.forEach(Topics::await);
  }

  /**
   * All committed records of a topic, from the beginning to the ends that it has now; in order
   * within a partition. Records behind a transaction that is still open are not among them; a
   * transaction stays open for an instant after its commit has returned.
   *
   * @throws IllegalStateException if that takes more than a minute
   */
  public List<ConsumerRecord<byte[], byte[]>> readCommitted(String topic) {
    Properties properties = clientProperties();
    properties.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = partitions(consumer, topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      return readTo(consumer, consumer.endOffsets(partitions));
    }
  }

  /** The broker takes an instant until it knows of a topic that was made. */
  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    long deadline = System.nanoTime() + READ_LIMIT.toNanos();
    List<PartitionInfo> partitions = consumer.partitionsFor(topic);
    while (partitions == null) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("there is no topic " + topic);
      }
      partitions = consumer.partitionsFor(topic);
    }
    return partitions.stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .collect(Collectors.toList());
  }

  private static List<ConsumerRecord<byte[], byte[]>> readTo(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    long deadline = System.nanoTime() + READ_LIMIT.toNanos();
    // A position moves over the markers of transactions too, so it reaches an end that is one.
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "read "
                + all.size()
                + " records within "
                + READ_LIMIT.getSeconds()
                + " s, wanted all up to "
                + ends);
      }
      ConsumerRecords<byte[], byte[]> some = consumer.poll(Duration.ofMillis(200));
      for (ConsumerRecord<byte[], byte[]> record : some) {
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          all.add(record);
        }
      }
    }
    return all;
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    admin.close(Duration.ZERO);
  }

  private Properties clientProperties() {
    Properties properties = new Properties();
    properties.setProperty("bootstrap.servers", bootstrap);
    return properties;
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the Kafka broker", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
    }
  }
}
