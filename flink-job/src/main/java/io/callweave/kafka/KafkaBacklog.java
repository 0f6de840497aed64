package io.callweave.kafka;

import io.callweave.time.Backlog;
import io.callweave.time.BacklogFactory;
import io.callweave.time.Ticker;
import io.callweave.time.Ticks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.flink.streaming.connectors.kafka.internals.KafkaTopicPartition;
import org.apache.flink.streaming.connectors.kafka.internals.KafkaTopicPartitionAssigner;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Asks the broker about once a second which partitions there are and whether anything in them is
 * unread.
 *
 * <p>A partition's end offset can stay above its last record for good: transactions end with a
 * control record, and compaction leaves gaps. So where the end lies ahead, the rest is looked at:
 * if reading on from the reached offset gives no record and comes to the end, nothing is unread.
 * The end is that of all records, those of open transactions included: what they hold is still to
 * come.
 */
public final class KafkaBacklog implements Backlog {
  private static final long PERIOD_MS = 1_000;
  private static final Duration LOOK_FOR = Duration.ofMillis(500);

  private final String topic;
  private final Properties properties;
  private final int subtask;
  private final int subtasks;
  private final Map<Integer, Long> reached = new ConcurrentHashMap<>();
  private final Map<Integer, Long> startOffsets = new HashMap<>();

  /** Own partitions that there are or were. */
  private final Set<Integer> known = new HashSet<>();

  /** Per partition, the place and the end between which there is no record. */
  private final Map<TopicPartition, long[]> gaps = new HashMap<>();

  private final Ticker ticker;
  private KafkaConsumer<byte[], byte[]> ends;
  private KafkaConsumer<byte[], byte[]> reader;
  private volatile Answer answer;

  private KafkaBacklog(
      String topic, Properties properties, int subtask, int subtasks, AsyncExceptionHandler task) {
    this.topic = topic;
    this.properties = properties;
    this.subtask = subtask;
    this.subtasks = subtasks;
    this.ticker = new Ticker("ask the broker what is unread", PERIOD_MS, this::ask, task).start();
  }

  /** Opens backlogs of this topic with these properties of a consumer. */
  public static BacklogFactory of(String topic, Properties properties) {
    return (subtask, subtasks, task) ->
        new KafkaBacklog(topic, properties, subtask, subtasks, task);
  }

  @Override
  public void reached(int partition, long offset) {
    reached.put(partition, offset);
  }

  @Override
  public Answer latest() {
    return answer;
  }

  private void ask() {
    if (ends == null) {
      ends = open("read_uncommitted");
    }
    long askedAtMs = Ticks.SYSTEM.nowMs();
    Set<TopicPartition> partitions = ownPartitions();
    partitions.forEach(partition -> known.add(partition.partition()));
    known.addAll(reached.keySet());
    Map<Integer, Long> at = new HashMap<>();
    for (int number : known) {
      at.put(number, reached.getOrDefault(number, FROM_START));
    }
    answer = new Answer(askedAtMs, endsOf(partitions, at));
  }

  /** The ends of these partitions and of those that are no more, as seen from these places. */
  private Map<Integer, Long> endsOf(Set<TopicPartition> partitions, Map<Integer, Long> at) {
    // Nothing is unread in a partition that is no more: the topic was made anew with fewer.
    Map<Integer, Long> result = new HashMap<>(at);
    Map<TopicPartition, Long> endOffsets = ends.endOffsets(partitions);
    Map<TopicPartition, Long> ahead = new HashMap<>();
    for (TopicPartition partition : partitions) {
      int number = partition.partition();
      long end = endOffsets.get(partition);
      long from = readsFrom(partition, at.get(number), end);
      if (from < end && !isGap(partition, from, end)) {
        ahead.put(partition, from);
        // What was read of a topic before it was made anew does not count.
        result.put(number, at.get(number) > end ? Answer.OUT_OF_REACH : end);
      }
    }
    for (TopicPartition partition : withoutRecords(ahead, endOffsets)) {
      gaps.put(partition, new long[] {ahead.get(partition), endOffsets.get(partition)});
      result.put(partition.partition(), at.get(partition.partition()));
    }
    return result;
  }

  private Set<TopicPartition> ownPartitions() {
    List<PartitionInfo> all = ends.partitionsFor(topic);
    if (all == null) {
      throw new IllegalStateException(
          String.format("the input topic %s does not exist; time waits until it does", topic));
    }
    return all.stream()
        .filter(info -> isOwn(info.partition()))
        .map(info -> new TopicPartition(topic, info.partition()))
        .collect(Collectors.toSet());
  }

  /** Where the source reads on that has come to {@code reached} of a partition with this end. */
  private long readsFrom(TopicPartition partition, long reached, long end) {
    long from = reached == FROM_START ? startOffset(partition) : reached;
    // Beyond the end, Kafka's client begins anew: the topic was deleted and made again.
    return from > end ? resetOffset(partition) : from;
  }

  /** As Flink's consumer decides it, also for the partitions of a restored state. */
  @Override
  public boolean isOwn(int partition) {
    KafkaTopicPartition flinks = new KafkaTopicPartition(topic, partition);
    return KafkaTopicPartitionAssigner.assign(flinks, subtasks) == subtask;
  }

  private boolean isGap(TopicPartition partition, long from, long end) {
    long[] gap = gaps.get(partition);
    return gap != null && gap[0] == from && gap[1] == end;
  }

  /** Where reading of a partition begins that no record has come from: as the source decides it. */
  private long startOffset(TopicPartition partition) {
    return startOffsets.computeIfAbsent(
        partition.partition(),
        number -> {
          Set<TopicPartition> one = Collections.singleton(partition);
          OffsetAndMetadata committed = ends.committed(one).get(partition);
          return committed == null ? resetOffset(partition) : committed.offset();
        });
  }

  /** Where reading begins at a place that does not exist. */
  private long resetOffset(TopicPartition partition) {
    Set<TopicPartition> one = Collections.singleton(partition);
    boolean latest = "latest".equals(properties.get(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG));
    return (latest ? ends.endOffsets(one) : ends.beginningOffsets(one)).get(partition);
  }

  /** Those of the partitions in which no record lies between the given offset and the end. */
  private Set<TopicPartition> withoutRecords(
      Map<TopicPartition, Long> from, Map<TopicPartition, Long> endOffsets) {
    Set<TopicPartition> empty = new HashSet<>();
    if (from.isEmpty()) {
      return empty;
    }
    if (reader == null) {
      reader = open("read_committed");
    }
    reader.assign(from.keySet());
    from.forEach(reader::seek);
    Set<TopicPartition> undecided = new HashSet<>(from.keySet());
    long deadline = System.nanoTime() + LOOK_FOR.toNanos();
    while (!undecided.isEmpty() && System.nanoTime() < deadline) {
      Set<TopicPartition> withRecords =
          reader.poll(Duration.ofNanos(deadline - System.nanoTime())).partitions();
      undecided.removeAll(withRecords);
      // Else those with a backlog would keep the others from being looked at.
      reader.pause(withRecords);
      for (TopicPartition partition : new ArrayList<>(undecided)) {
        if (reader.position(partition) >= endOffsets.get(partition)) {
          undecided.remove(partition);
          empty.add(partition);
        }
      }
    }
    return empty;
  }

  private KafkaConsumer<byte[], byte[]> open(String isolation) {
    Properties own = new Properties();
    own.putAll(properties);
    own.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
    own.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    own.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    own.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, Long.toString(PERIOD_MS));
    own.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "5000");
    own.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, "4000");
    own.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, "1");
    own.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, "65536");
    return new KafkaConsumer<>(own, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public void close() {
    ticker.close();
    close(ends);
    close(reader);
  }

  private static void close(KafkaConsumer<byte[], byte[]> consumer) {
    if (consumer != null) {
      consumer.close(Duration.ofSeconds(1));
    }
  }
}
