package io.callweave.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.Eventually;
import io.callweave.options.JobOptions;
import io.callweave.time.Backlog;
import io.callweave.time.RouteClock;
import io.callweave.time.Ticks;
import java.util.Collections;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a real broker says of silence. */
class KafkaBacklogIT {
  private static KafkaBroker broker;
  private static Topics topics;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start();
    topics = new Topics(broker.bootstrap());
  }

  @AfterAll
  static void stopBroker() {
    topics.close();
    broker.close();
  }

  private static Backlog open(String topic, String... more) {
    String[] args = new String[more.length + 3];
    System.arraycopy(more, 0, args, 0, more.length);
    args[more.length] = "--bootstrap=" + broker.bootstrap();
    args[more.length + 1] = "--input-topic=" + topic;
    args[more.length + 2] = "--group-id=" + topic;
    JobOptions options = JobOptions.parse(args, Collections.emptyMap());
    return KafkaBacklog.of(topic, options.consumerProperties())
        .open(0, 1, (message, failure) -> {});
  }

  private static void write(String topic, int partition, int records) {
    for (int i = 0; i < records; i++) {
      topics.write(topic, partition, Integer.toString(i).getBytes(UTF_8));
    }
    topics.flush();
  }

  /** The first answer to a question that is asked after now and knows so many partitions. */
  private static Backlog.Answer answer(Backlog backlog, int partitions) throws Exception {
    long nowMs = Ticks.SYSTEM.nowMs();
    Eventually.holds(
        "the broker is asked about " + partitions + " partitions",
        () ->
            backlog.latest() != null
                && backlog.latest().askedAtMs() > nowMs
                && count(backlog.latest()) == partitions);
    return backlog.latest();
  }

  private static long count(Backlog.Answer answer) {
    return StreamSupport.stream(answer.partitions().spliterator(), false).count();
  }

  @Test
  void aPartitionIsSilentWhereItsEndIsReachedAndNotBefore() throws Exception {
    topics.createTopic("silence", 3);
    write("silence", 0, 5);
    write("silence", 1, 5);
    try (Backlog backlog = open("silence")) {
      backlog.reached(0, 5);
      backlog.reached(1, 4);
      Backlog.Answer answer = answer(backlog, 3);
      assertThat(answer.nothingUnread(0, 5)).isTrue();
      assertThat(answer.nothingUnread(1, 4)).isFalse();
      assertThat(answer.nothingUnread(2, Backlog.FROM_START)).isTrue();
    }
  }

  @Test
  void aPartitionThatIsAddedIsKnownAndHasWhatIsInIt() throws Exception {
    topics.createTopic("added", 1);
    try (Backlog backlog = open("added")) {
      answer(backlog, 1);
      topics.addPartitions("added", 2);
      topics.readCommitted("added");
      write("added", 1, 1);
      assertThat(answer(backlog, 2).nothingUnread(1, Backlog.FROM_START)).isFalse();
    }
  }

  @Test
  void aTopicThatWasMadeAnewIsUnreadFromItsStartHoweverFarTheOldOneWasRead() throws Exception {
    topics.createTopic("made-anew", 2);
    write("made-anew", 0, 9);
    write("made-anew", 1, 9);
    try (Backlog backlog = open("made-anew")) {
      backlog.reached(0, 9);
      backlog.reached(1, 9);
      assertThat(answer(backlog, 2).nothingUnread(0, 9)).isTrue();
      topics.deleteTopic("made-anew");
      topics.createTopic("made-anew", 2);
      write("made-anew", 0, 4);
      Backlog.Answer answer = answer(backlog, 2);
      assertThat(answer.nothingUnread(0, 9)).isFalse();
      assertThat(answer.nothingUnread(1, 9)).isTrue();
    }
  }

  @Test
  void whereReadingBeginsAtTheEndNothingOfATopicThatWasMadeAnewIsUnread() throws Exception {
    topics.createTopic("from-the-end", 1);
    write("from-the-end", 0, 4);
    try (Backlog backlog = open("from-the-end", "--auto-offset-reset=latest")) {
      backlog.reached(0, 9);
      assertThat(answer(backlog, 1).nothingUnread(0, 9)).isTrue();
    }
  }

  @Test
  void aPartitionThatIsNoMoreIsSilent() throws Exception {
    topics.createTopic("fewer", 3);
    write("fewer", 1, 9);
    try (Backlog backlog = open("fewer")) {
      backlog.reached(1, 9);
      answer(backlog, 3);
      topics.deleteTopic("fewer");
      topics.createTopic("fewer", 1);
      Backlog.Answer answer = answer(backlog, 3);
      assertThat(answer.nothingUnread(1, 9)).isTrue();
      assertThat(answer.nothingUnread(2, Backlog.FROM_START)).isTrue();
    }
  }

  @Test
  void aTopicThatIsNotThereIsNotSilent() throws Exception {
    topics.createTopic("gone", 1);
    try (Backlog backlog = open("gone")) {
      answer(backlog, 1);
      topics.deleteTopic("gone");
      long goneAtMs = Ticks.SYSTEM.nowMs();
      // An answer that was asked for before is too old to count after this time.
      Eventually.pass(RouteClock.FRESH_MS);
      assertThat(backlog.latest().askedAtMs()).isLessThan(goneAtMs + 2_000);
    }
  }
}
