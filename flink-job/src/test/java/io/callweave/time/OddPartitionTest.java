package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A partition that brings nothing which moves time, among others that are in time, played through
 * with a broker that is asked once a second and records that are read a while after they came.
 */
class OddPartitionTest {
  private static final long DISORDER_MS = 30_000;
  private static final long PARTITION_IDLE_MS = 10_000;
  private static final long FEW_SECONDS_MS = 5_000;
  private static final ClockSettings SETTINGS =
      new ClockSettings(DISORDER_MS, PARTITION_IDLE_MS, 3_600_000, 21_001);

  private static final long HOUR_MS = 3_600_000;
  private static final long WALL_MS = 1_700_000_000_000L;
  private static final int STEP_MS = 100;
  private static final int ODD = 0;

  /** Stands for a record that is rejected. */
  private static final long REJECT = -1;

  /** What a partition brings at a moment of the wall clock: the start of a call, or a reject. */
  private interface Producer extends LongFunction<List<Long>> {}

  private static List<Long> inTime(long wallMs) {
    return list(wallMs - 40);
  }

  private static List<Long> list(long... records) {
    List<Long> list = new ArrayList<>();
    for (long record : records) {
      list.add(record);
    }
    return list;
  }

  private static Producer every(int steps, Producer producer) {
    return wallMs -> wallMs / STEP_MS % steps == 0 ? producer.apply(wallMs) : list();
  }

  static Stream<Arguments> oddProducers() {
    Random random = new Random(7);
    return Stream.of(
        Arguments.of("nothing", (Producer) wallMs -> list()),
        Arguments.of("rejects now and then", every(5, wallMs -> list(REJECT))),
        Arguments.of("rejects without a pause", (Producer) wallMs -> list(REJECT, REJECT, REJECT)),
        Arguments.of("rejects every 7 s", every(70, wallMs -> list(REJECT))),
        Arguments.of("seconds", (Producer) wallMs -> list(wallMs / 1_000)),
        Arguments.of("seconds now and then", every(13, wallMs -> list(wallMs / 1_000))),
        Arguments.of("the start of the epoch", (Producer) wallMs -> list(0)),
        Arguments.of("a clock an hour behind", (Producer) wallMs -> list(wallMs - HOUR_MS)),
        Arguments.of("a clock 25 s behind", (Producer) wallMs -> list(wallMs - 25_000)),
        Arguments.of("a clock 12 s behind, a call a second", every(10, w -> list(w - 12_000))),
        Arguments.of("a clock an hour ahead", (Producer) wallMs -> list(wallMs + HOUR_MS)),
        Arguments.of("a clock 9 s ahead", (Producer) wallMs -> list(wallMs + 9_000)),
        Arguments.of(
            "a clock that falls back by an hour",
            (Producer) wallMs -> list(wallMs < WALL_MS + 30_000 ? wallMs : wallMs - HOUR_MS)),
        Arguments.of(
            "a clock that falls back by 25 s",
            (Producer) wallMs -> list(wallMs < WALL_MS + 30_000 ? wallMs : wallMs - 25_000)),
        Arguments.of("a clock at half the pace", (Producer) w -> list(WALL_MS + (w - WALL_MS) / 2)),
        Arguments.of(
            "calls from anywhere",
            (Producer) wallMs -> list((long) (random.nextDouble() * wallMs), REJECT)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddProducers")
  void timeGoesOnWhateverOnePartitionBringsAndNoCallInTimeIsLate(String name, Producer odd) {
    for (int readAfterMs : new int[] {0, 300, 1_700}) {
      World world = new World(readAfterMs, odd, OddPartitionTest::inTime, OddPartitionTest::inTime);
      for (int i = 0; i < 120_000 / STEP_MS; i++) {
        world.step();
        assertThat(world.late[1] + world.late[2]).as("late calls").isZero();
        long behindMs = world.wallMs - world.clock.watermarkMs();
        if (world.sinceBeginMs() > PARTITION_IDLE_MS + FEW_SECONDS_MS) {
          assertThat(behindMs)
              .as("after %d ms", world.sinceBeginMs())
              .isLessThan(DISORDER_MS + PARTITION_IDLE_MS + FEW_SECONDS_MS);
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddProducers")
  void aPartitionThatComesToItsSensesCountsAgain(String name, Producer odd) {
    World world = new World(300, odd, OddPartitionTest::inTime, OddPartitionTest::inTime);
    world.run(60_000);
    world.producers[ODD] = OddPartitionTest::inTime;
    world.run(2_000);
    int lateBefore = world.late[ODD];
    // From now on it is the only one that is behind, by less than what makes a partition stale.
    world.producers[ODD] = wallMs -> list(wallMs - 8_000);
    world.run(60_000);
    assertThat(world.late[ODD]).isEqualTo(lateBefore);
    assertThat(world.clock.watermarkMs())
        .isBetween(world.wallMs - DISORDER_MS - 9_000, world.wallMs - DISORDER_MS - 8_000);
    assertThat(world.clock.setAside(world.wallMs)).isEmpty();
  }

  @Test
  void aBacklogHoldsTimeHoweverOldItIs() {
    Producer old = wallMs -> list(wallMs - HOUR_MS);
    World world = new World(0, old, OddPartitionTest::inTime);
    // More and more is unread: the job is slower than what comes.
    world.pauseOf[ODD] = true;
    world.run(120_000);
    assertThat(world.clock.watermarkMs()).isEqualTo(BEFORE_ALL_MS);
    world.pauseOf[ODD] = false;
    world.run(1_000);
    assertThat(world.clock.watermarkMs()).isLessThan(world.wallMs - HOUR_MS);
    assertThat(world.late[ODD]).isZero();
  }

  @Test
  void aSilentPartitionThatGetsABacklogHoldsTimeBeforeItIsRead() {
    World world = new World(0, wallMs -> list(), OddPartitionTest::inTime);
    world.run(30_000);
    world.producers[ODD] = OddPartitionTest::inTime;
    world.pauseOf[ODD] = true;
    world.run(2_000);
    long heldMs = world.clock.watermarkMs();
    world.run(60_000);
    assertThat(world.clock.watermarkMs()).isEqualTo(heldMs);
    world.pauseOf[ODD] = false;
    world.run(2_000);
    assertThat(world.late[ODD]).isZero();
    assertThat(world.clock.watermarkMs()).isGreaterThan(heldMs);
  }

  @Test
  void anOutageOfTheBrokerIsNoSilenceEvenOfAPartitionOfRejects() {
    World world = new World(0, wallMs -> list(REJECT), OddPartitionTest::inTime);
    world.brokerIsAway = true;
    world.run(120_000);
    assertThat(world.clock.watermarkMs()).isEqualTo(BEFORE_ALL_MS);
    world.brokerIsAway = false;
    world.run(PARTITION_IDLE_MS - 1_000);
    assertThat(world.clock.watermarkMs()).isEqualTo(BEFORE_ALL_MS);
    world.run(FEW_SECONDS_MS);
    assertThat(world.clock.watermarkMs()).isGreaterThan(world.wallMs - DISORDER_MS - 1_000);
  }

  @Test
  void aWholeTopicOfOldCallsIsNotStale() {
    Producer old = wallMs -> list(wallMs - 24 * HOUR_MS);
    World world = new World(0, old, old);
    world.run(60_000);
    assertThat(world.clock.watermarkMs())
        .isEqualTo(world.clock.highestStartMs() - DISORDER_MS)
        .isNotEqualTo(BEFORE_ALL_MS);
    assertThat(world.clock.setAside(world.wallMs)).isEmpty();
  }

  @Test
  void whatHoldsTimeBackAndWhatNoLongerDoesIsTold() {
    World world = new World(0, wallMs -> list(wallMs - HOUR_MS), OddPartitionTest::inTime);
    world.run(8_000);
    HoldUp holdUp = world.clock.holdUp();
    assertThat(holdUp.partition()).isEqualTo(ODD);
    assertThat(holdUp.behindMs()).isBetween(HOUR_MS - 1_000, HOUR_MS + 1_000);
    assertThat(holdUp.forMs(world.wallMs)).isBetween(6_000L, 8_000L);
    world.run(10_000);
    assertThat(holdUp.partition()).isEqualTo(HoldUp.NONE);
    assertThat(world.clock.setAside(world.wallMs)).containsOnlyKeys(ODD);
  }

  @Test
  void theLogNamesThePartitionOnceAMinuteAtMost() {
    World world = new World(0, wallMs -> list(wallMs - HOUR_MS), OddPartitionTest::inTime);
    world.pauseOf[ODD] = true;
    List<String> lines = new ArrayList<>();
    ClockLog log = new ClockLog();
    for (int i = 0; i < 90_000 / STEP_MS; i++) {
      world.step();
      lines.addAll(log.lines(world.clock, world.wallMs));
    }
    assertThat(lines).hasSize(2);
    assertThat(lines)
        .allMatch(line -> line.startsWith("Partition 0 of the input has held event time back for"));
    world.pauseOf[ODD] = false;
    lines.clear();
    for (int i = 0; i < 90_000 / STEP_MS; i++) {
      world.step();
      lines.addAll(log.lines(world.clock, world.wallMs));
    }
    assertThat(lines).isNotEmpty().hasSizeLessThanOrEqualTo(2);
    assertThat(lines.get(lines.size() - 1)).startsWith("Partition 0 of the input brings records");
  }

  /** Producers, a broker, and one subtask that reads all partitions. */
  private static final class World {
    final RouteClock clock = new RouteClock(SETTINGS, BEFORE_ALL_MS);
    final Producer[] producers;
    final boolean[] pauseOf;
    final int[] late;
    boolean brokerIsAway;
    long wallMs = WALL_MS;
    private final int readAfterMs;
    private final List<List<Long>> written = new ArrayList<>();
    private final List<List<Long>> writtenAt = new ArrayList<>();
    private final int[] read;
    private Backlog.Answer answer;

    World(int readAfterMs, Producer... producers) {
      this.readAfterMs = readAfterMs;
      this.producers = producers;
      pauseOf = new boolean[producers.length];
      late = new int[producers.length];
      read = new int[producers.length];
      for (int i = 0; i < producers.length; i++) {
        written.add(new ArrayList<>());
        writtenAt.add(new ArrayList<>());
      }
    }

    long sinceBeginMs() {
      return wallMs - WALL_MS;
    }

    void run(long ms) {
      for (long endMs = wallMs + ms; wallMs < endMs; ) {
        step();
      }
    }

    void step() {
      if (!brokerIsAway && sinceBeginMs() % 1_000 == 500) {
        Map<Integer, Long> ends = new HashMap<>();
        for (int partition = 0; partition < producers.length; partition++) {
          long at = read[partition] == 0 ? Backlog.FROM_START : read[partition];
          int end = written.get(partition).size();
          ends.put(partition, read[partition] == end ? at : (long) end);
        }
        answer = new Backlog.Answer(wallMs, ends);
      }
      wallMs += STEP_MS;
      for (int partition = 0; partition < producers.length; partition++) {
        for (long record : producers[partition].apply(wallMs)) {
          written.get(partition).add(record);
          writtenAt.get(partition).add(wallMs);
        }
        readOf(partition);
      }
      clock.hear(answer, wallMs);
      clock.advance(null, wallMs, wallMs);
    }

    private void readOf(int partition) {
      while (!pauseOf[partition]
          && read[partition] < written.get(partition).size()
          && writtenAt.get(partition).get(read[partition]) <= wallMs - readAfterMs) {
        long startMs = written.get(partition).get(read[partition]);
        boolean reject = startMs == REJECT || startMs > wallMs + 10_000;
        if (!reject && startMs <= clock.watermarkMs()) {
          late[partition]++;
        } else if (!reject) {
          clock.saw(partition, startMs, wallMs);
        }
        clock.read(partition, read[partition], wallMs);
        read[partition]++;
      }
    }
  }
}
