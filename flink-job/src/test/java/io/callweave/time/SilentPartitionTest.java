package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a partition no longer holds event time back, and when it does again. */
class SilentPartitionTest extends RouteClockFixture {
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
  void whatIsReadAfterTheBrokerWasAskedDoesNotMoveTimePastASilentPartition() {
    saw(0, START);
    saw(1, START);
    long burst = T + 20_000;
    silentFrom(T, burst, 0, 1);
    readAtMs = burst + 300;
    saw(0, START + 600_000);
    assertThat(advance(null, readAtMs)).isEqualTo(START - DISORDER_MS);
    // The same was written to the other partition meanwhile.
    hearUnreadIn1(burst + 1_000, 2);
    assertThat(advance(null, burst + 1_000)).isEqualTo(START - DISORDER_MS);
    readAtMs = burst + 1_300;
    saw(1, START + 1_000);
    assertThat(advance(null, readAtMs)).isEqualTo(START - DISORDER_MS);
    saw(1, START + 599_000);
    assertThat(advance(null, readAtMs)).isEqualTo(START + 599_000 - DISORDER_MS);
  }

  @Test
  void aSubtaskWhosePartitionsAreSilentGoesNoFurtherThanAllHadComeWhenTheBrokerWasAsked() {
    saw(0, START);
    long silent = T + 20_000;
    silentFrom(T, silent, 0);
    Peers.Summary burst = ledBy(START + 600_000);
    assertThat(advance(burst, silent + 300)).isEqualTo(START - DISORDER_MS);
    hear(silent + 1_000, true, 0);
    assertThat(advance(burst, silent + 1_000)).isEqualTo(START + 600_000);
  }

  @Test
  void aStalePartitionThatIsBeingReadGetsNoCallOfItsBacklogLate() {
    saw(0, START + 100_000);
    saw(1, START);
    long burst = T + 20_000;
    silentFrom(T, burst, 0, 1);
    long heldMs = START + 100_000 - DISORDER_MS;
    readAtMs = burst + 300;
    saw(0, START + 600_000);
    assertThat(advance(null, readAtMs)).isEqualTo(heldMs);
    hearUnreadIn1(burst + 1_000, 2);
    readAtMs = burst + 1_300;
    saw(1, heldMs + 1);
    assertThat(clock.setAside(readAtMs)).containsOnlyKeys(1);
    assertThat(advance(null, readAtMs)).isEqualTo(heldMs);
  }
}
