package io.callweave.options;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * Properties of the Kafka clients: those the job needs, those that measured well, and the user's.
 *
 * <p>The user's go before those that measured well. Their values may be secrets: they are in no
 * message and no log.
 */
final class KafkaProperties {
  /** What a user's property of that name would break, and what to do instead. */
  private static final Map<String, String> OWNED = new HashMap<>();

  static {
    OWNED.put("bootstrap.servers", "use --bootstrap");
    OWNED.put("group.id", "use --group-id");
    OWNED.put("auto.offset.reset", "use --auto-offset-reset");
    OWNED.put("isolation.level", "the input is read read_committed");
    OWNED.put("enable.auto.commit", "offsets are committed with checkpoints");
    OWNED.put("allow.auto.create.topics", "the input topic has to exist");
    OWNED.put("transactional.id", "transactions are Flink's");
    for (String side : new String[] {"key", "value"}) {
      OWNED.put(side + ".serializer", "records are bytes");
      OWNED.put(side + ".deserializer", "records are bytes");
    }
  }

  private final String bootstrap;
  private final Properties users = new Properties();

  KafkaProperties(String bootstrap) {
    this.bootstrap = bootstrap;
  }

  /** Reads a Java properties file. */
  void readFile(String path) {
    OptionFile file = new OptionFile("kafka-config", path, "a Java properties file");
    byte[] bytes = file.bytes();
    Properties read = new Properties();
    try {
      read.load(new ByteArrayInputStream(bytes));
    } catch (IOException | IllegalArgumentException e) {
      throw file.unreadable(e.getClass().getSimpleName());
    }
    for (String name : read.stringPropertyNames()) {
      set(name, read.getProperty(name), path);
    }
  }

  /**
   * Sets a property of the user.
   *
   * @param origin where it came from, for the message
   */
  void set(String name, String value, String origin) {
    String instead = OWNED.get(name);
    if (instead != null) {
      throw new OptionsException(
          String.format("%s sets the Kafka property %s; %s", origin, name, instead));
    }
    if (name.equals(SaslConfigs.SASL_JAAS_CONFIG)) {
      LoginModules.check(value, origin);
    }
    users.setProperty(name, value);
  }

  /** For an admin client. */
  Properties admin() {
    Properties properties = new Properties();
    properties.putAll(users);
    properties.setProperty("bootstrap.servers", bootstrap);
    return properties;
  }

  /** For the source. */
  Properties consumer(String groupId, String autoOffsetReset) {
    Properties properties = new Properties();
    // Few large fetches: they doubled the throughput of a job that only hands records on. But a
    // fetch is read to its end: what it is ahead of the other partitions has to be kept.
    properties.setProperty("fetch.min.bytes", "262144");
    properties.setProperty("fetch.max.wait.ms", "100");
    properties.setProperty("max.partition.fetch.bytes", "1048576");
    properties.setProperty("max.poll.records", "5000");
    properties.setProperty("flink.partition-discovery.interval-millis", "10000");
    properties.setProperty("metadata.max.age.ms", "10000");
    properties.putAll(admin());
    properties.setProperty("group.id", groupId);
    properties.setProperty("auto.offset.reset", autoOffsetReset);
    properties.setProperty("isolation.level", "read_committed");
    // A topic that was deleted is for its owner to make anew, with the partitions that he wants.
    properties.setProperty("allow.auto.create.topics", "false");
    return properties;
  }

  /** For the sinks. */
  Properties producer() {
    Properties properties = new Properties();
    // The most that brokers allow by default; Flink's own default is above it.
    properties.setProperty("transaction.timeout.ms", "900000");
    properties.setProperty("batch.size", "262144");
    properties.setProperty("linger.ms", "20");
    // The producer of each new transaction looks for its coordinator and then sleeps for so long,
    // while a checkpoint waits: by default 100 ms.
    properties.setProperty("retry.backoff.ms", "10");
    properties.setProperty("buffer.memory", "134217728");
    properties.setProperty("compression.type", "lz4");
    // A rejected record is as large as it was read, plus its reason.
    properties.setProperty("max.request.size", "16777216");
    properties.putAll(admin());
    return properties;
  }
}
