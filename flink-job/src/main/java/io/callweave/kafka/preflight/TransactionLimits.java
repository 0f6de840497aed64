package io.callweave.kafka.preflight;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.util.Collections;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, before the job is submitted, what would make its transactions fail: a task would find it
 * only at its start, and then again at every restart.
 */
final class TransactionLimits {
  private static final Logger LOG = LoggerFactory.getLogger(TransactionLimits.class);
  private static final String TIMEOUT = "transaction.timeout.ms";
  private static final String BROKERS_LIMIT = "transaction.max.timeout.ms";

  private TransactionLimits() {}

  /**
   * Checks the producer's properties against each other and against the broker.
   *
   * @throws OptionsException if a transaction would be refused, or would end before its checkpoint
   * @throws org.apache.kafka.common.KafkaException if a property is not right by itself
   */
  static void check(Admin admin, JobOptions options)
      throws InterruptedException, ExecutionException {
    Properties properties = options.producerProperties();
    if (options.exactlyOnce()) {
      // It is never begun, so no broker hears of it.
      properties.setProperty("transactional.id", "never-begun");
    }
    // Its constructor checks the properties, and opens no connection that it waits for.
    new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer()).close();
    if (options.exactlyOnce()) {
      long timeoutMs = Long.parseLong(properties.getProperty(TIMEOUT));
      checkAgainstCheckpoints(timeoutMs, options.checkpointIntervalMs());
      checkAgainstBroker(timeoutMs, admin);
    }
  }

  private static void checkAgainstCheckpoints(long timeoutMs, long intervalMs) {
    if (timeoutMs <= intervalMs) {
      throw new OptionsException(
          String.format(
              "the Kafka property %s is %d, but a transaction lasts from one checkpoint to the next,"
                  + " --checkpoint-interval-ms %d; make the first larger by the longest downtime"
                  + " that is to be survived",
              TIMEOUT, timeoutMs, intervalMs));
    }
  }

  private static void checkAgainstBroker(long timeoutMs, Admin admin)
      throws InterruptedException, ExecutionException {
    Node broker = admin.describeCluster().nodes().get().iterator().next();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, broker.idString());
    ConfigEntry limit;
    try {
      limit =
          admin
              .describeConfigs(Collections.singleton(resource))
              .all()
              .get()
              .get(resource)
              .get(BROKERS_LIMIT);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw e;
      }
      LOG.warn(
          "This user may not read the broker's {}: it is not checked against the job's {} of {} ms",
          BROKERS_LIMIT,
          TIMEOUT,
          timeoutMs);
      return;
    }
    if (limit != null && timeoutMs > Long.parseLong(limit.value())) {
      throw new OptionsException(
          String.format(
              "the Kafka property %s is %d, the broker allows at most %s; raise its %s, or set"
                  + " --kafka.%s %s: what was written when the job went down for longer than that"
                  + " is lost",
              TIMEOUT, timeoutMs, limit.value(), BROKERS_LIMIT, TIMEOUT, limit.value()));
    }
  }
}
