package io.callweave;

import io.callweave.testing.Calls;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** By which ids brokers know the subtasks that read. */
class SourceClientsIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @Test
  void eachSubtaskReadsUnderAnIdOfItsOwn() throws Exception {
    String name = "source-clients";
    start(name, "--parallelism=2");
    // Of the three calls, each in a partition of its own, one subtask has two.
    awaitReadOf(name, Arrays.asList(name + "-source-0", name + "-source-1"));
  }

  @Test
  void theIdThatTheUserGivesIsKept() throws Exception {
    String name = "source-client-named";
    start(name, "--parallelism=1", "--kafka.client.id=" + name + "-mine");
    awaitReadOf(name, Arrays.asList(name + "-mine"));
  }

  private static void start(String name, String... more) throws Exception {
    new JobTopics(PARTS.topics(), name, 4).write(Calls.BRANCH);
    PARTS.submit(PARTS.options(name, more), null);
  }

  /** Until clients of these ids, each of which has read some, have read all calls between them. */
  private static void awaitReadOf(String topic, List<String> ids) throws Exception {
    Eventually.holds(
        "all calls of " + topic + " are read by " + ids,
        () -> {
          Map<String, Double> read = recordsReadByClient(topic);
          read.keySet().retainAll(ids);
          double all = read.values().stream().mapToDouble(Double::doubleValue).sum();
          return read.size() == ids.size() && all == Calls.BRANCH.size();
        });
  }

  /** As Kafka's own metrics know it, of all clients in this JVM. */
  private static Map<String, Double> recordsReadByClient(String topic) throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    String fetches =
        "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=*,topic=" + topic;
    Map<String, Double> read = new TreeMap<>();
    for (ObjectName client : server.queryNames(new ObjectName(fetches), null)) {
      double records = (Double) server.getAttribute(client, "records-consumed-total");
      read.put(client.getKeyProperty("client-id"), records);
    }
    return read;
  }
}
