package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of event time: what a subtask promises, alone and with others. */
class RouteClockTest extends RouteClockFixture {
  @Test
  void theWatermarkIsTheLeastOverThePartitions() {
    know(T, 0, 1);
    saw(0, START + 5_000);
    saw(1, START);
    assertThat(advance(null, T)).isEqualTo(START - DISORDER_MS);
    saw(1, START + 9_000);
    assertThat(advance(null, T)).isEqualTo(START + 5_000 - DISORDER_MS);
  }

  @Test
  void theWatermarkNeverFalls() {
    know(T, 0);
    saw(0, START);
    advance(null, T);
    know(T, 0, 1);
    saw(1, START - 100_000);
    assertThat(advance(null, T)).isEqualTo(START - DISORDER_MS);
    assertThat(clock.watermarkMs()).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void anOlderCallDoesNotLowerTheHighestStart() {
    know(T, 0);
    saw(0, START);
    saw(0, START - 20_000);
    assertThat(clock.highestStartMs()).isEqualTo(START);
    assertThat(advance(null, T)).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void nothingIsPromisedBeforeThePartitionsAreKnown() {
    saw(0, START);
    clock.hear(null, T);
    assertThat(advance(null, T)).isEqualTo(BEFORE_ALL_MS);
    assertThat(advance(flushing(START), T)).isEqualTo(BEFORE_ALL_MS);
    assertThat(advance(ledBy(START), T)).isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aPartitionThatIsKnownButWasNeverReadHoldsTheWatermark() {
    know(T, 0, 1);
    saw(0, START);
    assertThat(advance(null, T)).isEqualTo(BEFORE_ALL_MS);
    assertThat(advance(ledBy(START), T)).isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aPartitionOfWhichOnlyRejectsWereReadHoldsTheWatermarkAtFirst() {
    know(T, 0, 1);
    saw(0, START);
    read(1);
    assertThat(advance(null, T)).isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aSubtaskWithoutPartitionsGoesWithTheLeastOfTheOthers() {
    know(T);
    assertThat(advance(null, T)).isEqualTo(BEFORE_ALL_MS);
    assertThat(advance(ledBy(START), T)).isEqualTo(START);
    assertThat(advance(ledBy(START + 1_000), T)).isEqualTo(START + 1_000);
    assertThat(advance(null, T)).isEqualTo(START + 1_000);
  }

  @Test
  void aSubtaskWhoseOthersHaveNoWatermarkYetHasNone() {
    know(T);
    assertThat(advance(ledBy(BEFORE_ALL_MS), T)).isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aSubtaskWhosePartitionsAreAllSilentGoesWithTheLeastOfTheOthers() {
    saw(0, START);
    long silent = T + PARTITION_IDLE_MS;
    silentFrom(T, silent, 0);
    advance(ledBy(START + 5_000), silent + 200);
    hear(silent + 1_000, true, 0);
    assertThat(advance(ledBy(START + 5_000), silent + 1_000)).isEqualTo(START + 5_000);
  }

  @Test
  void aSubtaskThatHoldsDoesNotGoWithTheOthers() {
    know(T, 0);
    saw(0, START);
    assertThat(advance(ledBy(START + 5_000), T)).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void whenTheWholeTopicIsSilentTimeGoesToTheHighestStartOfAll() {
    saw(0, START);
    long flush = T + IDLE_FLUSH_MS;
    silentFrom(T, flush, 0);
    assertThat(advance(silent(IDLE_FLUSH_MS - 1, START + 77), flush))
        .isEqualTo(START - DISORDER_MS);
    assertThat(advance(silent(IDLE_FLUSH_MS, START + 77), flush)).isEqualTo(START + 77);
  }

  @Test
  void afterTheFlushTimeGoesOnWithTheSilenceUntilAllIsWritten() {
    saw(0, START);
    long end = T + IDLE_FLUSH_MS + DRAINED_AFTER_MS + 50_000;
    silentFrom(T, end, 0);
    assertThat(advance(silent(IDLE_FLUSH_MS + 4_000, START), end)).isEqualTo(START + 4_000);
    assertThat(advance(silent(IDLE_FLUSH_MS + DRAINED_AFTER_MS + 50_000, START), end))
        .isEqualTo(START + DRAINED_AFTER_MS);
  }

  @Test
  void theTopicIsNotSilentAsLongAsAPartitionOfThisSubtaskIsNot() {
    know(T, 0);
    saw(0, START);
    assertThat(advance(flushing(START), T)).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void withoutWordOfTheOthersThereIsNoFlush() {
    saw(0, START);
    silentFrom(T, T + 10 * IDLE_FLUSH_MS, 0);
    assertThat(advance(null, T + 10 * IDLE_FLUSH_MS)).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void aTopicWithoutCallsIsNotFlushed() {
    silentFrom(T, T + 2 * IDLE_FLUSH_MS, 0);
    assertThat(advance(silent(2 * IDLE_FLUSH_MS, BEFORE_ALL_MS), T + 2 * IDLE_FLUSH_MS))
        .isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aSubtaskWithoutPartitionsTakesPartInTheFlush() {
    know(T);
    assertThat(advance(silent(IDLE_FLUSH_MS + 1, START), T)).isEqualTo(START + 1);
  }

  @Test
  void aRestoredClockDoesNotFallBehindItsWatermark() {
    RouteClock restored = new RouteClock(SETTINGS, START);
    assertThat(restored.watermarkMs()).isEqualTo(START);
    restored.hear(answer(T, false, 0), T);
    restored.saw(0, START, T);
    assertThat(restored.advance(null, T, WALL_MS)).isEqualTo(START);
    assertThat(restored.report(T).watermarkMs).isEqualTo(START);
  }

  @Test
  void aSnapshotHoldsWhereEachPartitionIsAndARestoreTakesItUp() {
    know(T, 0, 1);
    saw(0, START);
    saw(1, START + 50_000);
    saw(1, START + 40_000);
    RouteClock restored = new RouteClock(SETTINGS, BEFORE_ALL_MS);
    List<List<Long>> entries = new ArrayList<>();
    clock.snapshot(
        (partition, reached, highest) -> {
          entries.add(Arrays.asList((long) partition, reached, highest));
          restored.restore(partition, reached, highest);
        });
    assertThat(entries)
        .containsExactly(Arrays.asList(0L, 1L, START), Arrays.asList(1L, 2L, START + 50_000));

    assertThat(restored.highestStartMs()).isEqualTo(START + 50_000);
    assertThat(restored.advance(null, T, WALL_MS)).isEqualTo(BEFORE_ALL_MS);
    restored.hear(answer(T, true, 0, 1), T);
    assertThat(restored.advance(null, T, WALL_MS)).isEqualTo(START - DISORDER_MS);
    assertThat(restored.report(T).silentForMs).isZero();
  }

  @Test
  void aReportBeforeThePartitionsAreKnownHoldsAndIsNotSilent() {
    Peers.Report report = clock.report(T);
    assertThat(report.watermarkMs).isEqualTo(BEFORE_ALL_MS);
    assertThat(report.holds).isTrue();
    assertThat(report.silentForMs).isNegative();
    assertThat(report.highestStartMs).isEqualTo(BEFORE_ALL_MS);
  }

  @Test
  void aReportOfASubtaskWithoutPartitionsHoldsNothingAndIsSilentLongerThanAnyOther() {
    know(T);
    Peers.Report report = clock.report(T);
    assertThat(report.holds).isFalse();
    assertThat(report.silentForMs).isGreaterThan(365L * 24 * 3_600_000);
  }

  @Test
  void aReportTellsTheWatermarkTheShortestSilenceAndTheHighestStart() {
    saw(0, START);
    saw(1, START + 7);
    clock.hear(answer(T, true, 0), T);
    clock.hear(answer(T + 1_000, true, 0, 1), T + 1_000);
    advance(null, T + 1_000);
    Peers.Report report = clock.report(T + 3_000);
    assertThat(report.watermarkMs).isEqualTo(START - DISORDER_MS);
    assertThat(report.holds).isTrue();
    assertThat(report.silentForMs).isEqualTo(2_000);
    assertThat(report.highestStartMs).isEqualTo(START + 7);
  }
}
