package io.callweave.kafka.preflight;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import io.callweave.sink.SinkTopic;
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
 * Finds, before the job is submitted, what in a topic that exists would refuse or lose records: a
 * task would find it at the first such record only, when the job has long been running.
 */
final class SinkTopics {
  private static final Logger LOG = LoggerFactory.getLogger(SinkTopics.class);

  private final Admin admin;
  private final JobOptions options;

  SinkTopics(Admin admin, JobOptions options) {
    this.admin = admin;
    this.options = options;
  }

  /**
   * Checks the topics that the job writes to, as far as they exist, and the producer.
   *
   * @throws OptionsException if records would be refused or lost
   */
  void check(Collection<String> existing) throws InterruptedException, ExecutionException {
    List<SinkTopic> topics = SinkTopic.of(options, SinkKind.KAFKA);
    topics.forEach(this::checkProducer);
    for (SinkTopic topic : topics) {
      if (existing.contains(topic.name)) {
        checkRights(topic);
        checkConfig(topic);
      }
    }
  }

  private void checkProducer(SinkTopic topic) {
    Properties producer = options.producerProperties();
    for (String name :
        Arrays.asList(
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG, ProducerConfig.BUFFER_MEMORY_CONFIG)) {
      long bytes = Long.parseLong(producer.getProperty(name).trim());
      if (bytes < topic.recordBytes) {
        throw new OptionsException(
            String.format(
                "the Kafka property %s is %d, but %s; set --kafka.%s %d, or leave it out",
                name, bytes, topic.whyBytes, name, topic.recordBytes));
      }
    }
  }

  private void checkRights(SinkTopic topic) throws InterruptedException, ExecutionException {
    Set<AclOperation> allowed =
        admin
            .describeTopics(
                Collections.singleton(topic.name),
                new DescribeTopicsOptions().includeAuthorizedOperations(true))
            .all()
            .get()
            .get(topic.name)
            .authorizedOperations();
    // A broker older than 2.3 does not say.
    if (allowed != null && !allowed.contains(AclOperation.WRITE)) {
      throw new OptionsException(
          String.format(
              "this user may not write to the %s topic %s; grant it: kafka-acls.sh"
                  + " --bootstrap-server %s --add --allow-principal User:NAME --operation Write"
                  + " --operation Describe --topic %s",
              topic.role, topic.name, options.bootstrap(), topic.name));
    }
  }

  private void checkConfig(SinkTopic topic) throws InterruptedException, ExecutionException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name);
    Config config;
    try {
      config = admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
      LOG.warn(
          "This user may not read the configuration of the topic {}: its {} and {} are not checked",
          topic.name,
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
          TopicConfig.CLEANUP_POLICY_CONFIG);
      return;
    }
    String policy = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value();
    if (policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
      throw refused(
          topic, TopicConfig.CLEANUP_POLICY_CONFIG, policy, topic.whyNotCompacted, "delete");
    }
    String bytes = config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value();
    if (Long.parseLong(bytes) < topic.recordBytes) {
      String right = Long.toString(topic.recordBytes);
      throw refused(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, bytes, topic.whyBytes, right);
    }
  }

  private OptionsException refused(
      SinkTopic topic, String setting, String value, String why, String right) {
    return new OptionsException(
        String.format(
            "the %s topic %s has %s=%s, but %s; change it: kafka-configs.sh --bootstrap-server %s"
                + " --alter --entity-type topics --entity-name %s --add-config %s=%s",
            topic.role,
            topic.name,
            setting,
            value,
            why,
            options.bootstrap(),
            topic.name,
            setting,
            right));
  }
}
