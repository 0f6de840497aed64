package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.kafka.Topics;
import io.callweave.testing.Call;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** The topics of one job, named as {@link KafkaAndFlink#options} does. */
final class JobTopics {
  private final Topics topics;
  private final String name;
  private int partitions;
  private int written;

  JobTopics(Topics topics, String name, int partitions) {
    this.topics = topics;
    this.name = name;
    this.partitions = partitions;
    topics.createTopic(name, partitions);
  }

  /** Writes calls round robin. */
  void write(List<Call> calls) {
    calls.forEach(call -> write(written % partitions, call.json()));
    topics.flush();
  }

  void write(int partition, Call... calls) {
    for (Call call : calls) {
      write(partition, call.json());
    }
    topics.flush();
  }

  /**
   * Brings time to {@code max-out-of-order-ms} before this moment: in each partition a call starts
   * then, which stays open. Without it the end is reached with the wall clock alone.
   */
  void goOnTo(long startMs) {
    for (int partition = 0; partition < partitions; partition++) {
      String id = "still-open-" + partition;
      write(partition, Call.call(id, "10.255.255.1", "10.255.255.2", startMs, startMs));
    }
  }

  /** Writes one record; it is there after {@link #flush}. */
  void write(int partition, byte[] value) {
    topics.write(name, partition, value);
    written++;
  }

  /** Writes any record to the input; it is there after {@link #flush}. */
  void write(ProducerRecord<byte[], byte[]> record) {
    topics.write(record);
    written++;
  }

  void flush() {
    topics.flush();
  }

  /** Gives the input more partitions. */
  void addPartitions(int total) {
    topics.addPartitions(name, total);
    partitions = total;
  }

  /** Deletes the input. */
  void delete() throws Exception {
    topics.deleteTopic(name);
    Eventually.holds("the topic is gone", () -> !topics.exists(name));
  }

  /** Makes the deleted input anew, empty. */
  void makeAnew(int newPartitions) {
    topics.createTopic(name, newPartitions);
    partitions = newPartitions;
  }

  /** Records in the input. */
  int written() {
    return written;
  }

  List<ConsumerRecord<byte[], byte[]>> linkedRecords() {
    return topics.readCommitted(name + "-linked");
  }

  /** The values of the chains, sorted. */
  List<String> chains() {
    return values(topics.readCommitted(name + "-chains"));
  }

  /** The values of the windows, sorted. */
  List<String> edges() {
    return values(topics.readCommitted(name + "-edges"));
  }

  /** The values of the alerts, sorted. */
  List<String> alerts() {
    return values(topics.readCommitted(name + "-alerts"));
  }

  /** Keys and values of the spans, sorted. */
  List<String> spans() {
    return topics.readCommitted(name + "-spans").stream()
        .map(record -> new String(record.key(), UTF_8) + " " + new String(record.value(), UTF_8))
        .sorted()
        .collect(Collectors.toList());
  }

  List<ConsumerRecord<byte[], byte[]>> rejectedRecords() {
    return topics.readCommitted(name + "-rejected");
  }

  /** Waits until so many calls are linked. */
  void awaitLinked(int calls) throws Exception {
    Eventually.holds(calls + " calls are linked in " + name, () -> linkedRecords().size() >= calls);
  }

  /** Waits until so many records are rejected. */
  void awaitRejected(int records) throws Exception {
    Eventually.holds(
        records + " records are rejected in " + name, () -> rejectedRecords().size() >= records);
  }

  /** The values of the linked calls, sorted. */
  List<String> linked() {
    return values(linkedRecords());
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream()
        .map(record -> new String(record.value(), UTF_8))
        .sorted()
        .collect(Collectors.toList());
  }

  /** Reasons of the rejected records, sorted. */
  List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    rejectedRecords().forEach(record -> reasons.add(header(record, "callweave.reason")));
    Collections.sort(reasons);
    return reasons;
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }
}
