package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Partitions that are silent, live, or get minutes of event time at once, in random turns, played
 * through with subtasks that read them one after the other and a broker that answers with a delay.
 */
class InTimeWhenWrittenTest {
  private static final long DISORDER_MS = 30_000;
  private static final ClockSettings SETTINGS =
      new ClockSettings(DISORDER_MS, 10_000, 24 * 3_600_000, 21_001);

  private static final long FEW_SECONDS_MS = 5_000;
  private static final int PARTITIONS = 4;
  private static final int STEP_MS = 100;
  private static final int TURNS = 40;
  private static final long START = 1_700_000_000_000L;

  /** The wall clock: all that is written is old, as in a replay. */
  private static final long WALL_MS = START + 48 * 3_600_000;

  @ParameterizedTest(name = "{0} subtasks")
  @ValueSource(ints = {1, 2, 3})
  void aCallThatIsNearToAllWrittenBeforeItIsNeverLateHoweverSilentItsPartitionWas(int subtasks) {
    for (int seed = 0; seed < 50; seed++) {
      World world = new World(subtasks, new Random(seed));
      for (int turn = 0; turn < TURNS; turn++) {
        world.turn();
      }
      assertThat(world.late).as("calls late, seed %d", seed).isZero();
      world.onlyOneLive();
      assertThat(world.front - world.leastWatermarkMs())
          .as("ms behind the live partition, seed %d", seed)
          .isLessThan(DISORDER_MS + FEW_SECONDS_MS);
    }
  }

  private static final class World {
    private final Random random;
    private final List<List<Long>> written = new ArrayList<>();
    private final List<Subtask> subtasks = new ArrayList<>();
    private long front = START;
    private long tickMs;
    private int late;

    World(int subtasks, Random random) {
      this.random = random;
      for (int i = 0; i < PARTITIONS; i++) {
        written.add(new ArrayList<>());
      }
      for (int i = 0; i < subtasks; i++) {
        this.subtasks.add(new Subtask(i, subtasks));
      }
    }

    /** Some partitions get calls for a while, live or many at once; then all may be silent. */
    void turn() {
      int steps = 1 + random.nextInt(200);
      int inUse = random.nextInt(1 << PARTITIONS);
      boolean burst = random.nextInt(4) == 0;
      for (int step = 0; step < (burst ? 1 + random.nextInt(20) : steps); step++) {
        for (int i = 0; i < (burst ? 200 : 1); i++) {
          front += burst ? 1_000 : STEP_MS;
          write(inUse);
        }
        step();
      }
      if (random.nextInt(3) == 0) {
        silence(5_000 + random.nextInt(15_000));
      }
    }

    /** A partition is live, until the others have been silent for long. */
    void onlyOneLive() {
      for (int i = 0; i < 40_000 / STEP_MS; i++) {
        front += STEP_MS;
        written.get(0).add(front);
        step();
      }
    }

    private void write(int inUse) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        if ((inUse >> partition & 1) == 1) {
          written.get(partition).add(front - random.nextInt((int) DISORDER_MS));
        }
      }
    }

    void silence(long ms) {
      for (long end = tickMs + ms; tickMs < end; ) {
        step();
      }
    }

    private void step() {
      tickMs += STEP_MS;
      Map<Integer, long[]> reports = new HashMap<>();
      for (Subtask subtask : subtasks) {
        subtask.step();
        subtask.report(reports);
      }
      if (tickMs % 1_000 == 0) {
        long[] result = new ReportAggregate().getResult(reports);
        subtasks.forEach(s -> s.peers = ReportAggregate.decode(result, subtasks.size()));
      }
    }

    long leastWatermarkMs() {
      return subtasks.stream().mapToLong(s -> s.clock.watermarkMs()).min().getAsLong();
    }

    private final class Subtask {
      final RouteClock clock = new RouteClock(SETTINGS, BEFORE_ALL_MS);
      final int number;
      final Map<Integer, Integer> read = new HashMap<>();
      Peers.Summary peers;
      Backlog.Answer asked;
      long heardFromMs;

      Subtask(int number, int of) {
        this.number = number;
        for (int partition = number; partition < PARTITIONS; partition += of) {
          read.put(partition, 0);
        }
      }

      void step() {
        if (tickMs % 1_000 == 300L * number) {
          asked = ask();
          heardFromMs = tickMs + random.nextInt(700);
        }
        readOn();
        if (asked != null && tickMs >= heardFromMs) {
          clock.hear(asked, tickMs);
        }
        clock.advance(peers, tickMs, WALL_MS);
      }

      private Backlog.Answer ask() {
        Map<Integer, Long> ends = new HashMap<>();
        read.forEach(
            (partition, next) -> {
              long end = written.get(partition).size();
              ends.put(partition, end == 0 ? Backlog.FROM_START : end);
            });
        return new Backlog.Answer(tickMs, ends);
      }

      /** Many records of one partition, before it turns to the next. */
      private void readOn() {
        int budget = random.nextInt(1_000);
        for (int partition : read.keySet()) {
          for (; budget > 0 && read.get(partition) < written.get(partition).size(); budget--) {
            readNextOf(partition);
          }
        }
      }

      private void readNextOf(int partition) {
        int offset = read.merge(partition, 1, Integer::sum) - 1;
        long startMs = written.get(partition).get(offset);
        if (startMs <= clock.watermarkMs()) {
          late++;
        } else {
          clock.saw(partition, startMs, tickMs);
        }
        clock.read(partition, offset, tickMs);
        if (offset % 100 == 99) {
          clock.advance(peers, tickMs, WALL_MS);
        }
      }

      void report(Map<Integer, long[]> reports) {
        new ReportAggregate().add(ReportAggregate.encode(number, 0, clock.report(tickMs)), reports);
      }
    }
  }
}
