package io.callweave.kafka.preflight;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, before the job is submitted, what in a result or rejects topic that exists would refuse or
 * lose records: a task would find it at the first such record only, when the job has long been
 * running.
 */
final class SinkTopics {
  private static final Logger LOG = LoggerFactory.getLogger(SinkTopics.class);

  /** What the job gives to topics that it makes: more is not asked of others. */
  static final long MADE_FOR_BYTES = 16 << 20;

  /** The headers of a reject: detail, reason, place; and what Kafka adds to a record. */
  private static final long HEADER_BYTES = 4096;

  /** The six fields of a call with their names, where none is passed through. */
  private static final long FIELD_BYTES = 4096;

  /** An id is at most 256 bytes long, with quotes and comma 259. */
  private static final long LISTED_ID_BYTES = 259;

  private final Admin admin;
  private final JobOptions options;

  SinkTopics(Admin admin, JobOptions options) {
    this.admin = admin;
    this.options = options;
  }

  /**
   * Checks the result and the rejects topic, as far as they exist, and the producer.
   *
   * @throws OptionsException if records would be refused or lost
   */
  void check(Collection<String> existing) throws InterruptedException, ExecutionException {
    List<String> topics =
        new ArrayList<>(Arrays.asList(options.outputTopic(), options.rejectsTopic()));
    checkProducer();
    topics.retainAll(existing);
    for (String topic : topics) {
      checkRights(topic);
      checkConfig(topic);
    }
  }

  /**
   * The largest result, bytes: the fields of a call, which are no longer than its record, and two
   * lists of the longest ids. A result that does not fit ends the job, so this is the worst case.
   */
  static long resultBytes(JobOptions options) {
    long fields =
        options.passThrough()
            ? options.maxRecordBytes() + FIELD_BYTES
            : Math.min(options.maxRecordBytes(), FIELD_BYTES) + FIELD_BYTES;
    return Math.min(MADE_FOR_BYTES, fields + 2 * LISTED_ID_BYTES * options.maxLinks());
  }

  /**
   * The largest reject that must be whole, bytes. Records above max-record-bytes can be as large as
   * the input topic allows; of those a part tells enough, and the sink cuts them.
   */
  static long rejectBytes(JobOptions options) {
    return Math.min(MADE_FOR_BYTES, options.maxRecordBytes() + HEADER_BYTES);
  }

  private boolean isResults(String topic) {
    return topic.equals(options.outputTopic());
  }

  private void checkProducer() {
    Properties producer = options.producerProperties();
    long needed = Math.max(resultBytes(options), rejectBytes(options));
    for (String name :
        Arrays.asList(
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG, ProducerConfig.BUFFER_MEMORY_CONFIG)) {
      long bytes = Long.parseLong(producer.getProperty(name).trim());
      if (bytes < needed) {
        throw new OptionsException(
            String.format(
                "the Kafka property %s is %d, but a record can have %d bytes with --max-links %d"
                    + " and --max-record-bytes %d; set --kafka.%s %d, or leave it out",
                name, bytes, needed, options.maxLinks(), options.maxRecordBytes(), name, needed));
      }
    }
  }

  private void checkRights(String topic) throws InterruptedException, ExecutionException {
    Set<AclOperation> allowed =
        admin
            .describeTopics(
                Collections.singleton(topic),
                new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .all()
            .get()
            .get(topic)
            .authorizedOperations();
    // A broker older than 2.3 does not say.
    if (allowed != null && !allowed.contains(AclOperation.WRITE)) {
      throw new OptionsException(
          String.format(
              "this user may not write to the %s topic %s; grant it: kafka-acls.sh"
                  + " --bootstrap-server %s --add --allow-principal User:NAME --operation Write"
                  + " --operation Describe --topic %s",
              isResults(topic) ? "result" : "rejects", topic, options.bootstrap(), topic));
    }
  }

  private void checkConfig(String topic) throws InterruptedException, ExecutionException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Config config;
    try {
      config = admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
      LOG.warn(
          "This user may not read the configuration of the topic {}: its {} and {} are not checked",
          topic,
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
          TopicConfig.CLEANUP_POLICY_CONFIG);
      return;
    }
    String policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value();
    if (policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
      String why =
          isResults(topic)
              ? "compaction deletes all but one of the results with the same id"
              : "rejects have no key, and a compacted topic refuses records without";
      throw refused(topic, TopicConfig.CLEANUP_POLICY_CONFIG, policy, why, "delete");
    }
    String bytes = config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value();
    long needed = isResults(topic) ? resultBytes(options) : rejectBytes(options);
    if (Long.parseLong(bytes) < needed) {
      String why =
          isResults(topic)
              ? String.format(
                  "a result can have %d with --max-links %d", needed, options.maxLinks())
              : String.format(
                  "a reject can have %d with --max-record-bytes %d",
                  needed, options.maxRecordBytes());
      throw refused(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, bytes, why, Long.toString(needed));
    }
  }

  private OptionsException refused(
      String topic, String setting, String value, String why, String right) {
    return new OptionsException(
        String.format(
            "the %s topic %s has %s=%s, but %s; change it: kafka-configs.sh --bootstrap-server %s"
                + " --alter --entity-type topics --entity-name %s --add-config %s=%s",
            isResults(topic) ? "result" : "rejects",
            topic,
            setting,
            value,
            why,
            options.bootstrap(),
            topic,
            setting,
            right));
  }
}
