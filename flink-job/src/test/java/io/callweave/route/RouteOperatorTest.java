package io.callweave.route;

import static io.callweave.route.RouteHarness.NOW_MS;
import static io.callweave.testing.Call.call;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.callweave.cell.CellLayout;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import io.callweave.testing.FakeBacklog;
import io.callweave.testing.NaiveLinks;
import io.callweave.time.Peers;
import io.callweave.time.RouteClock;
import java.util.Collections;
import java.util.List;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Route hands on, in which order, and what it does with time. */
class RouteOperatorTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());
  private static final long DISORDER_MS = 30_000;

  private RouteHarness route;

  @BeforeEach
  void open() throws Exception {
    route = RouteHarness.of(FakeBacklog.of(0)).open();
  }

  @AfterEach
  void close() {
    route.close();
  }

  @Test
  void endInputHandsEverythingOn() throws Exception {
    List<Call> calls = calls(1000);
    route.read(0, calls);
    route.endInput();
    assertThat(route.rejects()).isEmpty();
    assertThat(linked(route.blocks())).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void theEndOfTimeHandsEverythingOnBeforeItself() throws Exception {
    route.read(0, Calls.LINEAR);
    route.sourceWatermark(Long.MAX_VALUE);
    assertThat(linked(route.blocks())).isEqualTo(NaiveLinks.of(Calls.LINEAR, 1000));
    assertThat(route.output()).endsWith(Watermark.MAX_WATERMARK);
  }

  @Test
  void afterTheEndOfInputTimeStandsStill() throws Exception {
    route.hearOfBacklog();
    route.read(0, startingAt(NOW_MS));
    route.endInput();
    route.tick();
    assertThat(route.watermarks()).isEmpty();
  }

  @Test
  void anyOtherWatermarkOfTheSourceIsDropped() throws Exception {
    route.read(0, Calls.LINEAR);
    route.sourceWatermark(NOW_MS);
    route.sourceWatermark(Long.MAX_VALUE - 1);
    assertThat(route.output()).isEmpty();
  }

  @Test
  void aWatermarkNeverOvertakesABlockOfACellThatItFires() throws Exception {
    CellLayout layout = OPTIONS.layouts().addresses();
    route.hearOfBacklog();
    List<Call> calls = calls(3000);
    for (int i = 0; i < calls.size(); i += 100) {
      route.read(0, calls.subList(i, i + 100));
      route.tick();
    }
    route.endInput();

    long firedMs = Long.MIN_VALUE;
    for (Object each : route.output()) {
      if (each instanceof Watermark) {
        firedMs = ((Watermark) each).getTimestamp();
      } else {
        assertThat(layout.lastMs(((Block) each).cell)).isGreaterThan(firedMs);
      }
    }
    assertThat(route.watermarks()).hasSizeGreaterThan(20);
    assertThat(route.rejects()).isEmpty();
    assertThat(linked(route.blocks())).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void blocksStayOpenUntilTheWatermarkClosesTheirBucket() throws Exception {
    route.hearOfBacklog();
    route.read(0, startingAt(NOW_MS));
    route.tick();
    assertThat(route.blocks()).isEmpty();
    route.read(0, startingAt(NOW_MS + DISORDER_MS / 3 - 1));
    route.tick();
    assertThat(route.blocks()).isEmpty();
    assertThat(route.watermarks()).isNotEmpty();
  }

  @Test
  void aWatermarkThatClosesNoBucketIsNotSent() throws Exception {
    route.hearOfBacklog();
    for (int i = 0; i < 1000; i += 100) {
      route.read(0, startingAt(NOW_MS + i));
      route.tick();
    }
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS);
    route.read(0, startingAt(NOW_MS + 999));
    route.tick();
    assertThat(route.watermarks())
        .containsExactly(NOW_MS - DISORDER_MS, NOW_MS + 999 - DISORDER_MS);
  }

  @Test
  void aFullBatchIsJudgedAtOnce() throws Exception {
    for (int i = 0; i < 511; i++) {
      route.read(0, bytes("no call"));
    }
    assertThat(route.rejects()).isEmpty();
    route.read(0, bytes("no call"));
    assertThat(route.rejects()).hasSize(512);
  }

  @Test
  void aBatchIsAlsoFullByItsBytes() throws Exception {
    route.read(0, new byte[200_000]);
    assertThat(route.rejects()).isEmpty();
    route.read(0, new byte[100_000]);
    assertThat(route.rejects()).hasSize(2);
  }

  @Test
  void aFullBatchMovesTheWatermarkAtOnce() throws Exception {
    route.hearOfBacklog();
    route.tick();
    for (int i = 0; i < 512; i++) {
      route.read(0, startingAt(NOW_MS));
    }
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS);
  }

  @Test
  void aSmallBatchIsJudgedAtTheNextTick() throws Exception {
    route.read(0, bytes("no call"));
    assertThat(route.rejects()).isEmpty();
    route.tick();
    assertThat(route.rejects()).hasSize(1);
    route.read(0, bytes("no call either"));
    route.tick();
    assertThat(route.rejects()).hasSize(2);
  }

  @Test
  void aCallIsLateOnceTheWatermarkHasClosedItsBucket() throws Exception {
    route.hearOfBacklog();
    route.read(0, startingAt(NOW_MS));
    route.tick();
    long watermarkMs = NOW_MS - DISORDER_MS;
    assertThat(route.watermarks()).containsExactly(watermarkMs);

    route.read(0, startingAt(watermarkMs - 1));
    route.read(0, startingAt(watermarkMs));
    route.tick();
    assertThat(route.rejects())
        .extracting(rejected -> rejected.reason, rejected -> rejected.record.position)
        .containsExactly(tuple("late", 1L));
  }

  @Test
  void aRecordFromTheFutureNeverMovesTheWatermark() throws Exception {
    route.hearOfBacklog();
    route.read(0, startingAt(NOW_MS));
    route.read(0, startingAt(NOW_MS + 3_600_000));
    route.tick();
    assertThat(route.rejects()).extracting(rejected -> rejected.reason).containsExactly("future");
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS);
  }

  @Test
  void theWatermarkWaitsForTheBrokerToNameThePartitions() throws Exception {
    route.read(0, startingAt(NOW_MS));
    route.tick();
    assertThat(route.watermarks()).isEmpty();
    route.hearOfBacklog();
    route.tick();
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS);
  }

  @Test
  void theBrokerIsAskedAboutThePlaceBehindTheLastRecordThatWasJudged() throws Exception {
    route.read(0, startingAt(NOW_MS));
    route.read(0, bytes("no call"));
    assertThat(route.backlog().reached()).containsEntry(0, -1L);
    route.tick();
    assertThat(route.backlog().reached()).containsEntry(0, 2L);
  }

  @Test
  void aSilentTopicIsWrittenOutWithTheWallClock() throws Exception {
    route.read(0, startingAt(NOW_MS));
    route.peers().say(new Peers.Summary(RouteClock.BEFORE_ALL_MS, 30_000, NOW_MS));
    route.silence(30_000);
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS);
    route.silence(400);
    assertThat(route.watermarks()).containsExactly(NOW_MS - DISORDER_MS, NOW_MS);
    route.peers().say(new Peers.Summary(RouteClock.BEFORE_ALL_MS, 30_000 + 35_000, NOW_MS));
    route.silence(200);
    // The longest call, its bucket, the window, the look-ahead, and more than a chain waits for.
    long drainedMs = 20_000 + 1 + 1_000 + 5_000 + 1_000 + 2_000;
    assertThat(route.watermarks()).endsWith(NOW_MS + drainedMs);
    assertThat(linked(route.blocks())).hasSize(1);
  }

  @Test
  void chainsThatAreWrittenAsSpansAloneHaveAsMuchTimeAsChains() throws Exception {
    assertThat(endOfSilenceMs("--outputs=spans")).isEqualTo(endOfSilenceMs("--outputs=chains"));
    assertThat(endOfSilenceMs("--outputs=edges,spans"))
        .isEqualTo(endOfSilenceMs("--outputs=edges,chains"));
  }

  /** The last watermark of a topic that is silent for good. */
  private static long endOfSilenceMs(String outputs) throws Exception {
    try (RouteHarness silent = RouteHarness.of(FakeBacklog.of(0), outputs).open()) {
      silent.read(0, startingAt(NOW_MS));
      silent.peers().say(new Peers.Summary(RouteClock.BEFORE_ALL_MS, Integer.MAX_VALUE, NOW_MS));
      silent.silence(31_000);
      List<Long> watermarks = silent.watermarks();
      return watermarks.get(watermarks.size() - 1);
    }
  }

  @Test
  void theOtherSubtasksAreToldAtEveryTick() throws Exception {
    assertThat(route.peers().told()).isNull();
    route.tick();
    Peers.Report first = route.peers().told();
    route.tick();
    assertThat(route.peers().told()).isNotNull().isNotSameAs(first);
  }

  @Test
  void theBrokerAndTheOthersAreLeftAtTheEndOfEveryRun() throws Exception {
    route.close();
    assertThat(route.backlog().isClosed()).isTrue();
    assertThat(route.peers().isClosed()).isTrue();
  }

  private static byte[] startingAt(long startMs) {
    return call("id-" + startMs, "10.0.0.1", "10.0.0.2", startMs, startMs + 100).json();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static List<Call> calls(int count) {
    return Calls.from(NOW_MS - 200_000, Calls.random(1, count, 8, 50));
  }

  private static List<String> linked(List<Block> blocks) throws Exception {
    return CellHarness.linked(blocks, OPTIONS);
  }
}
