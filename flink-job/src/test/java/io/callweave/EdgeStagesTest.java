package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.edges.WindowsStage;
import io.callweave.link.LinkStage;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Blocks;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Link and the windows of edges behind it, over blocks of Route. */
class EdgeStagesTest {
  private static final Pattern COUNT = Pattern.compile("\"count\":(\\d+)");

  /** So that a watermark fires no window, one, and several at once. */
  private static final long[] STEPS_MS = {1_300, 3_700, 5_000, 23_000};

  /** How far ahead of the watermark blocks are read: farther than the longest step. */
  private static final long LATEST_MS = 30_000;

  @Test
  void anEdgeIsOneRecordOfItsWindow() throws Exception {
    List<String> edges = edges(Calls.MANY_PARENTS, 1, false);
    assertThat(edges).hasSize(3);
    assertThat(edges.get(0))
        .startsWith(
            "{\"kind\":\"edge\",\"src\":\"10.0.0.1\",\"dst\":\"10.0.0.3\","
                + "\"window_start_ms\":0,\"window_end_ms\":10000,\"count\":1,")
        .endsWith("\"exemplars\":[\"id1\"],\"without_parent\":1,\"at_latency_limit\":0}");
    assertThat(edges.get(2)).contains("\"without_parent\":0");
  }

  @ParameterizedTest
  @ValueSource(longs = {71, 72})
  void everyCallCountsOnceWhateverRestartsAndRescalesLieInBetween(long seed) throws Exception {
    List<Call> calls = Calls.random(seed, 2000, 6, 20);
    List<String> expected = edges(calls, 1, false);
    assertThat(count(expected)).isEqualTo(calls.size());
    assertThat(edges(calls, 1, true)).isEqualTo(expected);
    assertThat(edges(calls, 3, false)).isEqualTo(expected);
    assertThat(edges(calls, 3, true)).isEqualTo(expected);
  }

  @Test
  void aCallCountsInEachWindowThatItStartsIn() throws Exception {
    List<Call> calls = Calls.random(73, 800, 4, 20);
    List<String> sliding = edges(calls, 2, true, "--window-slide-ms=2000");
    assertThat(count(sliding)).isEqualTo(5 * calls.size());
    assertThat(sliding).containsAll(edges(calls, 1, false));
  }

  private static int count(List<String> edges) {
    int count = 0;
    for (String edge : edges) {
      Matcher found = COUNT.matcher(edge);
      assertThat(found.find()).isTrue();
      count += Integer.parseInt(found.group(1));
    }
    return count;
  }

  /** The records of the edges of some calls, sorted. */
  private static List<String> edges(
      List<Call> calls, int subtasks, boolean restarts, String... arguments) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.add("--outputs=edges");
    all.add("--window-ms=10000");
    JobOptions options = JobOptions.parse(all.toArray(new String[0]), Collections.emptyMap());
    try (Stages stages = new Stages(options, subtasks)) {
      List<Block> blocks = Blocks.of(calls, 3, options);
      blocks.sort((a, b) -> Long.compare(a.cell, b.cell));
      long watermarkMs = 0;
      int next = 0;
      for (int step = 0; next < blocks.size(); step++) {
        watermarkMs += STEPS_MS[step % STEPS_MS.length];
        List<Block> read = new ArrayList<>();
        for (; next < blocks.size(); next++) {
          Block block = blocks.get(next);
          if (options.layouts().addresses().lastMs(block.cell) > watermarkMs + LATEST_MS) {
            break;
          }
          read.add(block);
        }
        stages.push(read);
        stages.watermark(watermarkMs);
        if (restarts && step % 2 == 0) {
          stages.restart();
        }
      }
      return stages.finish();
    }
  }

  /** Some subtasks of each of the two stages. */
  private static final class Stages implements AutoCloseable {
    private final JobOptions options;
    private final List<CellHarness<Block>> links = new ArrayList<>();
    private final List<CellHarness<ResultRecord>> windows = new ArrayList<>();
    private int subtasks;
    private final List<ResultRecord> written = new ArrayList<>();

    Stages(JobOptions options, int subtasks) throws Exception {
      this.options = options;
      this.subtasks = subtasks;
      start(null, null, 0);
    }

    private void start(OperatorSubtaskState linkState, OperatorSubtaskState sums, int before)
        throws Exception {
      for (int subtask = 0; subtask < subtasks; subtask++) {
        links.add(
            CellHarness.of(new LinkStage(options), 10_000, subtask, subtasks)
                .restore(part(linkState, before, subtask)));
        windows.add(
            CellHarness.of(WindowsStage.ofEdges(options), 1_000, subtask, subtasks)
                .restore(part(sums, before, subtask)));
      }
    }

    private OperatorSubtaskState part(OperatorSubtaskState state, int before, int subtask) {
      return state == null ? null : CellHarness.part(state, before, subtasks, subtask);
    }

    void push(List<Block> blocks) throws Exception {
      for (int subtask = 0; subtask < subtasks; subtask++) {
        links.get(subtask).push(CellHarness.ofSubtask(blocks, subtask, subtasks));
      }
    }

    void watermark(long watermarkMs) throws Exception {
      for (CellHarness<Block> link : links) {
        link.watermark(watermarkMs);
        List<Block> sums = link.takeSums();
        for (int subtask = 0; subtask < subtasks; subtask++) {
          windows.get(subtask).push(CellHarness.ofSubtask(sums, subtask, subtasks));
        }
      }
      for (CellHarness<ResultRecord> window : windows) {
        window.watermark(watermarkMs);
        written.addAll(window.take());
      }
    }

    /** A checkpoint, a crash, and the next run with one more subtask, or with one alone. */
    void restart() throws Exception {
      OperatorSubtaskState linkState = together(links);
      OperatorSubtaskState sums = together(windows);
      close();
      int before = subtasks;
      subtasks = subtasks % 3 + 1;
      start(linkState, sums, before);
    }

    private static OperatorSubtaskState together(List<? extends CellHarness<?>> subtasks)
        throws Exception {
      List<OperatorSubtaskState> states = new ArrayList<>();
      for (CellHarness<?> subtask : subtasks) {
        states.add(subtask.snapshot());
      }
      return CellHarness.together(states.toArray(new OperatorSubtaskState[0]));
    }

    /** All records, sorted; nothing is left in any state. */
    List<String> finish() throws Exception {
      watermark(Long.MAX_VALUE);
      List<CellHarness<?>> all = new ArrayList<>(links);
      all.addAll(windows);
      for (CellHarness<?> cells : all) {
        assertThat(cells.storedCells()).isZero();
        assertThat(cells.timers()).isZero();
      }
      // A rescale divides the count, whichever subtask gets the calls.
      assertThat(all.stream().mapToLong(CellHarness::openCalls).sum()).isZero();
      return CellHarness.json(written);
    }

    @Override
    public void close() {
      links.forEach(CellHarness::close);
      links.clear();
      windows.forEach(CellHarness::close);
      windows.clear();
    }
  }
}
