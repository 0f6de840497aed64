package io.callweave.time;

import static io.callweave.time.RouteClock.BEFORE_ALL_MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rules of event time. */
class RouteClockTest {
  private static final long DISORDER_MS = 30_000;
  private static final long PARTITION_IDLE_MS = 10_000;
  private static final long IDLE_FLUSH_MS = 60_000;
  private static final long DRAINED_AFTER_MS = 21_001;
  private static final ClockSettings SETTINGS =
      new ClockSettings(DISORDER_MS, PARTITION_IDLE_MS, IDLE_FLUSH_MS, DRAINED_AFTER_MS);

  /** The moment at which each test begins. */
  private static final long T = 1_000_000_000;

  private static final long START = 500_000_000;
  private static final long WALL_MS = START + 24 * 3_600_000;

  private final RouteClock clock = new RouteClock(SETTINGS, BEFORE_ALL_MS);
  private final Map<Integer, Long> offsets = new HashMap<>();

  /** The moment at which records are read. */
  private long readAtMs = T;

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
  void aPartitionWithABacklogHoldsTheWatermarkHoweverLongNoRecordCame() {
    know(T, 0, 1);
    saw(0, START + 50_000);
    saw(1, START);
    long later = T + 3_600_000;
    hear(later, false, 0, 1);
    assertThat(advance(null, later)).isEqualTo(START - DISORDER_MS);
    assertThat(clock.report(later).holds).isTrue();
  }

  @Test
  void aSilentPartitionNoLongerHoldsTheWatermarkAfterPartitionIdle() {
    saw(0, START + 50_000);
    saw(1, START);
    silentFrom(T, T + PARTITION_IDLE_MS - 1, 1);
    assertThat(advance(null, T + PARTITION_IDLE_MS - 1)).isEqualTo(START - DISORDER_MS);
    silentFrom(T, T + PARTITION_IDLE_MS, 1);
    assertThat(advance(null, T + PARTITION_IDLE_MS)).isEqualTo(START + 50_000 - DISORDER_MS);
  }

  @Test
  void aSilentPartitionThatWasNeverReadNoLongerHoldsTheWatermark() {
    saw(0, START);
    silentFrom(T, T + PARTITION_IDLE_MS, 1);
    assertThat(advance(null, T + PARTITION_IDLE_MS)).isEqualTo(START - DISORDER_MS);
  }

  @Test
  void silenceCountsFromWhenTheBrokerWasAskedNotFromWhenItWasHeard() {
    saw(0, START);
    clock.hear(answer(T, true, 0), T + 1_000);
    assertThat(clock.report(T + 3_000).silentForMs).isEqualTo(3_000);
    clock.hear(answer(T + 2_000, true, 0), T + 4_000);
    assertThat(clock.report(T + 4_000).silentForMs).isEqualTo(4_000);
  }

  @Test
  void aValidCallEndsTheSilenceWheneverTheBrokerWasAsked() {
    saw(0, START);
    silentFrom(T, T + 20_000, 0);
    readAtMs = T + 20_100;
    saw(0, START + 1);
    assertThat(clock.report(T + 20_100).silentForMs).isZero();
    assertThat(clock.report(T + 20_100).holds).isTrue();
  }

  @Test
  void aMissingAnswerEndsTheSilence() {
    saw(0, START);
    silentFrom(T, T + 20_000, 0);
    assertThat(clock.report(T + 20_000).silentForMs).isEqualTo(20_000);
    clock.hear(null, T + 20_000);
    assertThat(clock.report(T + 20_000).silentForMs).isNegative();
    assertThat(clock.report(T + 20_000).holds).isTrue();
  }

  @Test
  void anOldAnswerEndsTheSilence() {
    saw(0, START);
    silentFrom(T, T + 20_000, 0);
    long fresh = T + 20_000 + RouteClock.FRESH_MS;
    clock.hear(answer(T + 20_000, true, 0), fresh);
    assertThat(clock.report(fresh).silentForMs).isEqualTo(fresh - T);
    clock.hear(answer(T + 20_000, true, 0), fresh + 1);
    assertThat(clock.report(fresh + 1).silentForMs).isNegative();
  }

  @Test
  void silenceBeginsAnewAfterAnOutageOfTheBroker() {
    saw(0, START);
    silentFrom(T, T + 20_000, 0);
    clock.hear(null, T + 21_000);
    clock.hear(answer(T + 22_000, true, 0), T + 22_000);
    assertThat(clock.report(T + 23_000).silentForMs).isEqualTo(1_000);
  }

  /** As behind a sink whose broker is away: nobody asks the clock meanwhile. */
  @Test
  void silenceBeginsAnewAfterAPauseOfTheSubtask() {
    saw(0, START);
    silentFrom(T, T + 5_000, 0);
    long laterMs = T + 40_000;
    hear(laterMs, true, 0);
    assertThat(clock.report(laterMs).silentForMs).isZero();
    assertThat(clock.report(laterMs).holds).isTrue();
    silentFrom(laterMs, laterMs + 5_000, 0);
    assertThat(clock.report(laterMs + 5_000).silentForMs).isEqualTo(5_000);
  }

  @Test
  void aPartitionThatIsBehindAfterAPauseOfTheSubtaskIsNotStaleForIt() {
    saw(0, START);
    saw(1, START);
    silentFrom(T, T + 5_000, 0, 1);
    long laterMs = T + 40_000;
    hear(laterMs, true, 0, 1);
    readAtMs = laterMs;
    saw(1, START + 35_000);
    assertThat(advance(null, laterMs)).isEqualTo(START - DISORDER_MS);
    assertThat(clock.setAside(laterMs)).isEmpty();
  }

  @Test
  void anAnswerThatSomethingIsUnreadEndsTheSilence() {
    saw(0, START);
    silentFrom(T, T + 20_000, 0);
    hear(T + 20_100, false, 0);
    assertThat(clock.report(T + 20_100).silentForMs).isNegative();
  }

  @Test
  void aPartitionThatSpeaksAgainCountsAgain() {
    saw(0, START + 50_000);
    saw(1, START);
    silentFrom(T, T + PARTITION_IDLE_MS, 1);
    long once = advance(null, T + PARTITION_IDLE_MS);
    readAtMs = T + PARTITION_IDLE_MS;
    saw(1, START + 85_000);
    saw(0, START + 90_000);
    assertThat(advance(null, T + PARTITION_IDLE_MS))
        .isGreaterThan(once)
        .isEqualTo(START + 85_000 - DISORDER_MS);
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
    silentFrom(T, T + PARTITION_IDLE_MS, 0);
    assertThat(advance(ledBy(START + 5_000), T + PARTITION_IDLE_MS)).isEqualTo(START + 5_000);
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
    assertThat(advance(silent(IDLE_FLUSH_MS - 1, START + 77), flush)).isEqualTo(BEFORE_ALL_MS);
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
    assertThat(advance(null, T + 10 * IDLE_FLUSH_MS)).isEqualTo(BEFORE_ALL_MS);
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

  /** The broker names the partitions, all with something unread. */
  private void know(long nowMs, int... partitions) {
    hear(nowMs, false, partitions);
  }

  private void hear(long nowMs, boolean nothingUnread, int... partitions) {
    clock.hear(answer(nowMs, nothingUnread, partitions), nowMs);
  }

  /** The broker is asked at the begin and at the end, and nothing is unread. */
  private void silentFrom(long beginMs, long endMs, int... partitions) {
    for (long ms = beginMs; ms < endMs; ms += 1_000) {
      hear(ms, true, partitions);
    }
    hear(endMs, true, partitions);
  }

  private Backlog.Answer answer(long askedAtMs, boolean nothingUnread, int... partitions) {
    Map<Integer, Long> ends = new HashMap<>();
    for (int partition : partitions) {
      long reached = offsets.getOrDefault(partition, Backlog.FROM_START);
      ends.put(partition, nothingUnread ? reached : reached + 2);
    }
    return new Backlog.Answer(askedAtMs, ends);
  }

  private long advance(Peers.Summary peers, long tickMs) {
    return clock.advance(peers, tickMs, WALL_MS);
  }

  private void saw(int partition, long startMs) {
    clock.saw(partition, startMs, readAtMs);
    read(partition);
  }

  private void read(int partition) {
    long next = offsets.getOrDefault(partition, 0L);
    clock.read(partition, next, readAtMs);
    offsets.put(partition, next + 1);
  }

  private static Peers.Summary ledBy(long slowestWatermarkMs) {
    return new Peers.Summary(slowestWatermarkMs, -1, START);
  }

  private static Peers.Summary silent(long ms, long highestStartMs) {
    return new Peers.Summary(BEFORE_ALL_MS, ms, highestStartMs);
  }

  private static Peers.Summary flushing(long highestStartMs) {
    return silent(2 * IDLE_FLUSH_MS, highestStartMs);
  }
}
