package io.callweave.route;

import static io.callweave.route.RouteHarness.NOW_MS;
import static io.callweave.testing.Call.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import io.callweave.testing.FakeBacklog;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of Route survives a restart and a rescale. */
class RouteRestoreTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());
  private static final long DISORDER_MS = 30_000;
  private static final long WATERMARK_MS = NOW_MS - DISORDER_MS;

  @Test
  void nothingStaysBehindABarrier() throws Exception {
    List<Call> calls = Calls.from(NOW_MS - 200_000, Calls.random(2, 3000, 8, 50));
    List<Block> blocks = new ArrayList<>();
    OperatorSubtaskState state = null;
    for (int begin = 0; begin < calls.size(); begin += 700) {
      try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).restore(state)) {
        route.hearOfBacklog();
        route.tick();
        route.read(0, calls.subList(begin, Math.min(begin + 700, calls.size())));
        state = route.snapshot();
        // What comes after the barrier is read again by the next run.
        route.read(0, Calls.LINEAR);
        blocks.addAll(route.blocks());
        assertThat(route.rejects()).isEmpty();
      }
    }
    assertThat(CellHarness.linked(blocks, OPTIONS)).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void theWatermarkIsWhatItWasAndACallBehindItIsLate() throws Exception {
    OperatorSubtaskState state = stateAtWatermark();
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).restore(state)) {
      route.read(0, startingAt(WATERMARK_MS - 1));
      route.read(0, startingAt(WATERMARK_MS));
      route.tick();
      assertThat(route.watermarks()).containsExactly(WATERMARK_MS);
      assertThat(route.rejects()).extracting(rejected -> rejected.reason).containsExactly("late");
    }
  }

  @Test
  void readingGoesOnWhereItWas() throws Exception {
    OperatorSubtaskState state = stateAtWatermark();
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).restore(state)) {
      assertThat(route.backlog().reached()).containsEntry(0, 1L);
    }
  }

  @Test
  void theHighestStartOfAPartitionIsNotForgotten() throws Exception {
    OperatorSubtaskState state;
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).open()) {
      // No answer of the broker, so no watermark.
      route.read(0, startingAt(NOW_MS));
      state = route.snapshot();
      assertThat(route.watermarks()).isEmpty();
    }
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).restore(state)) {
      route.hearOfBacklog();
      route.tick();
      assertThat(route.watermarks()).containsExactly(WATERMARK_MS);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 5000", "5000, 0"})
  void withFewerSubtasksTheLeastWatermarkCounts(long zeroBehindMs, long oneBehindMs)
      throws Exception {
    OperatorSubtaskState state = stateOfTwo(NOW_MS - zeroBehindMs, NOW_MS - oneBehindMs);
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0, 1)).restore(state)) {
      route.tick();
      assertThat(route.watermarks()).containsExactly(WATERMARK_MS - 5_000);
      route.read(0, startingAt(WATERMARK_MS - 5_000));
      route.read(0, startingAt(WATERMARK_MS - 5_001));
      route.tick();
      assertThat(route.rejects()).hasSize(1);
    }
  }

  @Test
  void withMoreSubtasksEachHasTheLeastWatermarkAndThePartitionsThatItReads() throws Exception {
    OperatorSubtaskState state = stateOfTwo(NOW_MS, NOW_MS - 5_000);
    for (int subtask = 0; subtask < 3; subtask++) {
      // The second subtask takes over partition 0; no one else knows where it was.
      FakeBacklog backlog = subtask == 1 ? FakeBacklog.of(0) : FakeBacklog.of();
      OperatorSubtaskState part = CellHarness.part(state, 2, 3, subtask);
      try (RouteHarness route = RouteHarness.of(backlog, subtask, 3).restore(part)) {
        route.tick();
        assertThat(route.watermarks()).containsExactly(WATERMARK_MS - 5_000);
        route.hearOfBacklog();
        route.tick();
        if (subtask == 1) {
          assertThat(route.watermarks()).containsExactly(WATERMARK_MS - 5_000, WATERMARK_MS);
        } else {
          assertThat(route.watermarks()).hasSize(1);
          assertThat(backlog.reached()).isEmpty();
        }
      }
    }
  }

  @Test
  void aSubtaskThatHadNoWatermarkLeavesNone() throws Exception {
    OperatorSubtaskState state = stateOfTwo(NOW_MS, null);
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0, 1)).restore(state)) {
      route.read(0, startingAt(1_000));
      route.tick();
      assertThat(route.watermarks()).isEmpty();
      assertThat(route.rejects()).isEmpty();
    }
  }

  @Test
  void everyOptionMayChange() throws Exception {
    OperatorSubtaskState state = stateAtWatermark();
    try (RouteHarness route =
        RouteHarness.of(FakeBacklog.of(0), "--max-latency-ms", "1", "--max-out-of-order-ms", "1")) {
      assertThatCode(() -> route.restore(state)).doesNotThrowAnyException();
    }
  }

  /** The state after one call at the wall clock's start. */
  private static OperatorSubtaskState stateAtWatermark() throws Exception {
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0)).open()) {
      return stateAfter(route, 0, NOW_MS);
    }
  }

  /** The state of two subtasks, each after one call; null for a subtask without one. */
  private static OperatorSubtaskState stateOfTwo(Long first, Long second) throws Exception {
    try (RouteHarness zero = RouteHarness.of(FakeBacklog.of(0), 0, 2).open();
        RouteHarness one = RouteHarness.of(FakeBacklog.of(1), 1, 2).open()) {
      return CellHarness.together(stateAfter(zero, 0, first), stateAfter(one, 1, second));
    }
  }

  private static OperatorSubtaskState stateAfter(RouteHarness route, int partition, Long startMs)
      throws Exception {
    if (startMs != null) {
      route.hearOfBacklog();
      route.read(partition, startingAt(startMs));
      route.tick();
    }
    return route.snapshot();
  }

  private static byte[] startingAt(long startMs) {
    return call("id-" + startMs, "10.0.0.1", "10.0.0.2", startMs, startMs + 100).json();
  }
}
