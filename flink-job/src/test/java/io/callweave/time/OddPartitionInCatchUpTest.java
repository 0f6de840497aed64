package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two subtasks, of which one reads a backlog of hours, while the only partition of the other brings
 * nothing that moves time: played through with a broker that is asked once a second.
 */
class OddPartitionInCatchUpTest {
  private static final long PARTITION_IDLE_MS = 10_000;
  private static final ClockSettings SETTINGS =
      new ClockSettings(30_000, PARTITION_IDLE_MS, 3_600_000, 21_001);

  private static final long WALL_MS = 1_700_000_000_000L;
  private static final long HOUR_MS = 3_600_000;
  private static final int STEP_MS = 100;
  private static final int RECORDS_A_STEP = 10;
  private static final long BETWEEN_RECORDS_MS = 6_000;
  private static final int BACKLOG_RECORDS = (int) (6 * HOUR_MS / BETWEEN_RECORDS_MS);
  private static final long READING_MS = (long) BACKLOG_RECORDS / RECORDS_A_STEP * STEP_MS;
  private static final long FEW_SECONDS_MS = 5_000;

  /** Stands for a record that is rejected. */
  private static final long REJECT = -1;

  static Stream<Arguments> oddStarts() {
    return Stream.of(
        Arguments.of("rejects", (LongUnaryOperator) wallMs -> REJECT),
        Arguments.of("seconds", (LongUnaryOperator) wallMs -> wallMs / 1_000),
        Arguments.of("the start of the epoch", (LongUnaryOperator) wallMs -> 0),
        Arguments.of("a clock a day behind", (LongUnaryOperator) wallMs -> wallMs - 24 * HOUR_MS));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("oddStarts")
  void theOthersDoNotWaitForIt(String name, LongUnaryOperator odd) {
    Subtask reader = new Subtask(0);
    Subtask other = new Subtask(1);
    long wallMs = WALL_MS;
    while (reader.read < BACKLOG_RECORDS) {
      wallMs += STEP_MS;
      Peers.Summary peers = summary(wallMs, reader, other);
      if (!reader.waits) {
        for (int i = 0; i < RECORDS_A_STEP; i++) {
          reader.read(WALL_MS - 6 * HOUR_MS + reader.read * BETWEEN_RECORDS_MS, wallMs);
        }
      }
      other.read(odd.applyAsLong(wallMs), wallMs);
      reader.step(BACKLOG_RECORDS, peers, wallMs);
      other.step(other.read, peers, wallMs);
      assertThat(wallMs - WALL_MS)
          .as("time until the backlog is read")
          .isLessThan(READING_MS + PARTITION_IDLE_MS + FEW_SECONDS_MS);
    }
    assertThat(reader.late).isZero();
    assertThat(reader.clock.watermarkMs()).isGreaterThan(WALL_MS - HOUR_MS);
  }

  private static Peers.Summary summary(long tickMs, Subtask... subtasks) {
    Map<Integer, long[]> reports = new HashMap<>();
    ReportAggregate aggregate = new ReportAggregate();
    for (Subtask subtask : subtasks) {
      long[] report = ReportAggregate.encode(subtask.partition, 0, subtask.clock.report(tickMs));
      aggregate.add(report, reports);
    }
    return ReportAggregate.decode(aggregate.getResult(reports), subtasks.length);
  }

  /** A subtask that reads one partition. */
  private static final class Subtask {
    final RouteClock clock = new RouteClock(SETTINGS, BEFORE_ALL_MS);
    final int partition;
    int read;
    int late;
    boolean waits;
    private final CatchUp catchUp = new CatchUp();

    Subtask(int partition) {
      this.partition = partition;
    }

    void read(long startMs, long wallMs) {
      if (startMs != REJECT && startMs <= clock.watermarkMs()) {
        late++;
      } else if (startMs != REJECT) {
        clock.saw(partition, startMs, wallMs);
      }
      clock.read(partition, read, wallMs);
      read++;
    }

    void step(int end, Peers.Summary peers, long wallMs) {
      if (wallMs % 1_000 == 0) {
        Map<Integer, Long> ends = new HashMap<>();
        ends.put(partition, (long) end);
        clock.hear(new Backlog.Answer(wallMs, ends), wallMs);
      }
      clock.advance(peers, wallMs, wallMs);
      waits = catchUp.isAhead(clock.watermarkMs(), peers, wallMs);
    }
  }
}
