package io.callweave.route;

import static io.callweave.route.InputRecord.SPLITS_KNOWN;
import static io.callweave.route.InputRecord.SPLIT_BEGINS;
import static io.callweave.route.InputRecord.SPLIT_ENDS;
import static io.callweave.route.RouteHarness.NOW_MS;
import static io.callweave.testing.Call.call;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.FakePeers;
import io.callweave.time.Backlog;
import io.callweave.time.NoBacklog;
import io.callweave.time.Peers;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Event time where the input says itself when its splits begin and end. */
class RouteMarksTest {
  private static final long START_MS = NOW_MS - 3_600_000;

  private RouteHarness route;

  @BeforeEach
  void open() throws Exception {
    Backlog nothingAsked = new NoBacklog();
    route = RouteHarness.with(nothingAsked, "--max-out-of-order-ms=1000").open();
  }

  @AfterEach
  void close() {
    route.close();
  }

  private void read(int split, long startMs) throws Exception {
    route.read(split, call("id" + startMs, "10.0.0.1", "10.0.0.2", startMs, startMs).json());
    route.tick();
  }

  /** The last watermark, as ms behind the first start; null if there is none. */
  private Long watermark() {
    return route.watermarks().isEmpty()
        ? null
        : route.watermarks().get(route.watermarks().size() - 1) - START_MS;
  }

  @Test
  void noTimeIsPromisedBeforeAllSplitsAreKnown() throws Exception {
    route.mark(SPLIT_BEGINS, 7);
    read(7, START_MS);
    assertThat(watermark()).isNull();
    route.mark(SPLITS_KNOWN, 0);
    assertThat(watermark()).isEqualTo(-1_000);
  }

  @Test
  void aSplitHoldsTimeUntilItEndsHoweverFarOthersAre() throws Exception {
    route.mark(SPLIT_BEGINS, 7);
    route.mark(SPLIT_BEGINS, 727);
    read(7, START_MS);
    read(727, START_MS + 600_000);
    route.mark(SPLITS_KNOWN, 0);
    read(727, START_MS + 900_000);
    // Longer than a partition of a topic may be silent.
    for (int i = 0; i < 200; i++) {
      route.tick();
    }
    assertThat(watermark()).isEqualTo(-1_000);
    read(7, START_MS + 500_000);
    assertThat(watermark()).isEqualTo(499_000);
    route.mark(SPLIT_ENDS, 7);
    assertThat(watermark()).isEqualTo(899_000);
    assertThat(route.rejects()).isEmpty();
  }

  @Test
  void aNewSplitHoldsTimeBeforeItsFirstCall() throws Exception {
    route.mark(SPLIT_BEGINS, 1);
    read(1, START_MS);
    route.mark(SPLITS_KNOWN, 0);
    route.mark(SPLIT_BEGINS, 2);
    read(1, START_MS + 50_000);
    assertThat(watermark()).isEqualTo(-1_000);
    read(2, START_MS + 20_000);
    assertThat(watermark()).isEqualTo(19_000);
  }

  @Test
  void onceAllSplitsHaveEndedTheSilenceBegins() throws Exception {
    route.mark(SPLIT_BEGINS, 1);
    read(1, START_MS);
    route.mark(SPLITS_KNOWN, 0);
    route.mark(SPLIT_ENDS, 1);
    FakePeers peers = route.peers();
    route.tick();
    assertThat(watermark()).isEqualTo(-1_000);
    for (int i = 0; i < 149; i++) {
      route.tick();
    }
    // What the others hear of it, and say back.
    peers.say(new Peers.Summary(START_MS - 1_000, 30_000, START_MS));
    route.tick();
    assertThat(watermark()).isGreaterThanOrEqualTo(0);
  }

  @Test
  void behindTheEndOfTimeNoEarlierTimeIsPromised() throws Exception {
    route.mark(SPLIT_BEGINS, 1);
    read(1, START_MS);
    route.mark(SPLITS_KNOWN, 0);
    route.mark(SPLIT_ENDS, 1);
    route.sourceWatermark(Watermark.MAX_WATERMARK.getTimestamp());
    int promised = route.watermarks().size();
    for (int i = 0; i < 10; i++) {
      route.tick();
    }
    assertThat(route.watermarks()).hasSize(promised).endsWith(Long.MAX_VALUE);
    assertThat(route.blocks()).isNotEmpty();
  }
}
