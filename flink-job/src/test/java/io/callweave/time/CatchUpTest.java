package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CatchUpTest {
  private static final long NOW_MS = 1_700_000_000_000L;
  private static final long HOUR_MS = 3_600_000;
  private static final long LAST_MS = NOW_MS - 5 * HOUR_MS;

  private final CatchUp catchUp = new CatchUp();

  private static Peers.Summary followed(long ms) {
    return new Peers.Summary(ms, -1, ms);
  }

  /** Where the last of the subtasks has come on by a minute in the time for which it is seen. */
  private Peers.Summary aMinuteFurther() {
    long firstMs = NOW_MS - CatchUp.SEEN_FOR_MS;
    catchUp.isAhead(LAST_MS, followed(LAST_MS - HOUR_MS), firstMs - 400);
    catchUp.isAhead(LAST_MS, followed(LAST_MS - 60_000), firstMs);
    catchUp.isAhead(LAST_MS, followed(LAST_MS - 50_000), firstMs + 400);
    return followed(LAST_MS);
  }

  @Test
  void aSubtaskMayBeAheadByWhatTheLastOneHasComeOn() {
    Peers.Summary peers = aMinuteFurther();
    long most = LAST_MS + CatchUp.MIN_LEAD_MS + 60_000;
    assertThat(catchUp.isAhead(most, peers, NOW_MS)).isFalse();
    assertThat(catchUp.isAhead(most + 1, peers, NOW_MS)).isTrue();
  }

  @Test
  void aSubtaskThatWaitsGoesOnAsTheLastOneComesOn() {
    long aheadMs = LAST_MS + 2 * 60_000;
    assertThat(catchUp.isAhead(aheadMs, aMinuteFurther(), NOW_MS)).isTrue();
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS + 60_000), NOW_MS + 400)).isFalse();
  }

  @Test
  void aSubtaskWaitsForOneThatStandsStill() {
    long aheadMs = LAST_MS + CatchUp.MIN_LEAD_MS + 1;
    assertThat(catchUp.isAhead(aheadMs, aMinuteFurther(), NOW_MS)).isFalse();
    long laterMs = NOW_MS + CatchUp.SEEN_FOR_MS;
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS), laterMs)).isTrue();
  }

  @Test
  void nobodyWaitsBeforeItIsSeenHowTheLastOneComesOn() {
    long aheadMs = LAST_MS + HOUR_MS;
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS), NOW_MS)).isFalse();
    long tooSoonMs = NOW_MS + CatchUp.SEEN_FOR_MS - 1;
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS), tooSoonMs)).isFalse();
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS), tooSoonMs + 1)).isTrue();
  }

  @Test
  void theLastOfTheSubtasksDoesNotWait() {
    assertThat(catchUp.isAhead(LAST_MS, aMinuteFurther(), NOW_MS)).isFalse();
  }

  @Test
  void nobodyWaitsForOneThatStandsStillCloseToTheWallClock() {
    Peers.Summary peers = aMinuteFurther();
    assertThat(catchUp.isAhead(NOW_MS - CatchUp.LIVE_MS, peers, NOW_MS)).isFalse();
    assertThat(catchUp.isAhead(NOW_MS - CatchUp.LIVE_MS - 1, peers, NOW_MS)).isTrue();
  }

  @Test
  void nobodyWaitsForOneThatHasNotBegun() {
    long aheadMs = LAST_MS + HOUR_MS;
    assertThat(catchUp.isAhead(aheadMs, aMinuteFurther(), NOW_MS)).isTrue();
    Peers.Summary none = followed(RouteClock.BEFORE_ALL_MS);
    assertThat(catchUp.isAhead(aheadMs, none, NOW_MS + 400)).isFalse();
    assertThat(catchUp.isAhead(aheadMs, followed(LAST_MS), NOW_MS + 800)).isFalse();
  }

  @Test
  void nobodyWaitsWithoutNews() {
    assertThat(catchUp.isAhead(LAST_MS + HOUR_MS, aMinuteFurther(), NOW_MS)).isTrue();
    assertThat(catchUp.isAhead(LAST_MS + HOUR_MS, null, NOW_MS)).isFalse();
  }
}
