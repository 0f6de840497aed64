package io.callweave.kafka.preflight;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import io.callweave.sink.SinkTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Looks, before the job is submitted, that the broker is there and has the topics. */
public final class Topics {
  private static final int TIMEOUT_MS = 15_000;

  /** How much longer than Kafka's own limit an answer may take. */
  private static final int GRACE_MS = 5_000;

  private final JobOptions options;

  public Topics(JobOptions options) {
    this.options = options;
  }

  /**
   * Makes the topics that the job writes to if they are missing, like the input topic.
   *
   * @throws OptionsException if the broker cannot be reached, the input topic is missing, the
   *     transactions of the sinks would be refused, or one of their topics would refuse records
   */
  public void prepare() throws InterruptedException {
    Properties properties = options.adminProperties();
    properties.putIfAbsent("default.api.timeout.ms", Integer.toString(TIMEOUT_MS));
    properties.putIfAbsent("request.timeout.ms", Integer.toString(TIMEOUT_MS));
    try (Admin admin = Admin.create(properties)) {
      long limitMs = Long.parseLong(properties.getProperty("default.api.timeout.ms")) + GRACE_MS;
      // The client's thread dies, and its own limit with it, if a broker that wants TLS answers a
      // client without: it takes the answer for the length of one, and the memory is too small.
      Collection<String> existing = admin.listTopics().names().get(limitMs, MILLISECONDS);
      boolean reads = options.readsKafka();
      if (reads && !existing.contains(options.inputTopic())) {
        throw new OptionsException(
            String.format(
                "the input topic %s does not exist at %s; create it, or name another with"
                    + " --input-topic",
                options.inputTopic(), options.bootstrap()));
      }
      if (options.outputs().writesTo(SinkKind.KAFKA)) {
        TransactionLimits.check(admin, options);
      }
      new SinkTopics(admin, options).check(existing);
      TopicDescription input =
          reads
              ? admin
                  .describeTopics(Collections.singleton(options.inputTopic()))
                  .all()
                  .get()
                  .get(options.inputTopic())
              : null;
      List<NewTopic> missing =
          options.outputs().topics(SinkKind.KAFKA).stream()
              .filter(name -> !existing.contains(name))
              .map(name -> like(input, name))
              .collect(Collectors.toList());
      create(admin, missing);
      awaitLeaders(properties, missing);
    } catch (ExecutionException e) {
      throw unusable(e.getCause());
    } catch (TimeoutException | KafkaException e) {
      throw unusable(e);
    }
  }

  private static void create(Admin admin, List<NewTopic> topics)
      throws InterruptedException, ExecutionException {
    try {
      admin.createTopics(topics).all().get();
    } catch (ExecutionException e) {
      // Another submission was faster.
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  /**
   * Waits until the partitions of new topics can be written. If a partition refuses the first batch
   * of a producer and takes the second, which is under way already, this old client hangs on to the
   * first one until it expires.
   */
  private static void awaitLeaders(Properties properties, List<NewTopic> topics) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (NewTopic topic : topics) {
      // Of those that the broker sizes the first stands for all: how many there are is not known.
      int known = Math.max(1, topic.numPartitions());
      for (int partition = 0; partition < known; partition++) {
        partitions.add(new TopicPartition(topic.name(), partition));
      }
    }
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      // Asked again and again, until each leader has answered.
      consumer.endOffsets(partitions);
    }
  }

  private static NewTopic like(TopicDescription input, String name) {
    NewTopic topic = sized(input, name);
    Map<String, String> configs = new HashMap<>();
    // A record is as large as it was read, plus its links or its reason. A result that does not fit
    // would end the job.
    configs.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Long.toString(SinkTopic.MADE_FOR_BYTES));
    // Whatever the broker's default is: see SinkTopics.
    configs.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    return topic.configs(configs);
  }

  /**
   * As many partitions and replicas as the input has; without a topic of the input, the broker's.
   */
  private static NewTopic sized(TopicDescription input, String name) {
    if (input == null) {
      return new NewTopic(name, Optional.empty(), Optional.empty());
    }
    int replicas = input.partitions().get(0).replicas().size();
    return new NewTopic(name, input.partitions().size(), (short) replicas);
  }

  private OptionsException unusable(Throwable failure) {
    boolean login = options.adminProperties().containsKey("sasl.jaas.config");
    return new OptionsException(
        String.format(
            "Kafka at %s cannot be used %s",
            options.bootstrap(), BrokerFailure.describe(failure, login)));
  }
}
