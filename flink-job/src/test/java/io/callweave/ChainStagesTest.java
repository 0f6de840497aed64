package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.attribute.AttributeStage;
import io.callweave.chain.ChainStage;
import io.callweave.options.JobOptions;
import io.callweave.root.RootStage;
import io.callweave.stage.Block;
import io.callweave.stage.EvenKeys;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Blocks;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attribute, Root and Chain one behind the other, over blocks of Route. */
class ChainStagesTest {
  private static final Pattern CALLS = Pattern.compile("\"calls\":(\\d+)");

  /** So that a watermark fires no window, one, and several at once. */
  private static final long[] STEPS_MS = {1_300, 3_700, 5_000, 23_000};

  /** How far ahead of the watermark blocks are read: farther than the longest step. */
  private static final long LATEST_MS = 30_000;

  @Test
  void aLinearChainIsOneRecord() throws Exception {
    List<String> chains = chains(Calls.LINEAR, 1, false);
    assertThat(chains).hasSize(1);
    assertThat(chains.get(0))
        .startsWith("{\"chain\":\"id1\",\"trace_id\":\"")
        .contains("\"calls\":3,\"depth\":3,\"width\":1,")
        .endsWith("\"critical_path\":[\"id1\",\"id2\",\"id3\"]}");
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52})
  void everyCallIsInOneChainWhateverRestartsAndRescalesLieInBetween(long seed) throws Exception {
    List<Call> calls = Calls.random(seed, 2000, 12, 20);
    List<String> expected = chains(calls, 1, false);
    assertThat(expected.stream().mapToInt(ChainStagesTest::calls).sum()).isEqualTo(calls.size());
    assertThat(chains(calls, 1, true)).isEqualTo(expected);
    assertThat(chains(calls, 3, false)).isEqualTo(expected);
    assertThat(chains(calls, 3, true)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ip-groups=1", "--ip-groups=5", "--id-groups=1"})
  void groupsChangeNothing(String option) throws Exception {
    List<Call> calls = Calls.random(53, 800, 4, 20);
    assertThat(chains(calls, 2, true, option)).isEqualTo(chains(calls, 1, false));
  }

  @Test
  void spansComeBesideTheChainsOrAloneWhateverRestartsLieInBetween() throws Exception {
    List<Call> calls = Calls.random(54, 800, 12, 20);
    String[] both = {"--outputs=chains,spans", "--spans-format=zipkin"};
    List<String> chains = chains(calls, 1, false);
    List<String> together = chains(calls, 1, false, both);
    List<String> spans = new ArrayList<>(together);
    spans.removeAll(chains);
    assertThat(together).containsAll(chains).hasSize(2 * chains.size());
    assertThat(spans).allMatch(list -> list.startsWith("[{\"traceId\":\""));
    assertThat(chains(calls, 2, true, both)).isEqualTo(together);
    assertThat(chains(calls, 2, true, "--outputs=spans", both[1])).isEqualTo(spans);
  }

  private static int calls(String chain) {
    Matcher found = CALLS.matcher(chain);
    assertThat(found.find()).isTrue();
    return Integer.parseInt(found.group(1));
  }

  /** The records of the chains of some calls, sorted. */
  private static List<String> chains(
      List<Call> calls, int subtasks, boolean restarts, String... arguments) throws Exception {
    JobOptions options = JobOptions.parse(arguments, Collections.emptyMap());
    try (Stages stages = new Stages(options, subtasks)) {
      List<Block> blocks = Blocks.of(calls, 3, options);
      blocks.sort((a, b) -> Long.compare(a.cell, b.cell));
      long watermarkMs = 0;
      int next = 0;
      for (int step = 0; next < blocks.size(); step++) {
        watermarkMs += STEPS_MS[step % STEPS_MS.length];
        for (; next < blocks.size(); next++) {
          Block block = blocks.get(next);
          if (options.layouts().addresses().lastMs(block.cell) > watermarkMs + LATEST_MS) {
            break;
          }
          stages.push(block);
        }
        stages.watermark(watermarkMs);
        if (restarts && step % 2 == 0) {
          stages.restart();
        }
      }
      return stages.finish();
    }
  }

  /** Some subtasks of Attribute, and one of the others. */
  private static final class Stages implements AutoCloseable {
    private final JobOptions options;
    private final List<CellHarness<Block>> attribute = new ArrayList<>();
    private CellHarness<Block> root;
    private CellHarness<ResultRecord> chain;
    private int subtasks;
    private final List<ResultRecord> written = new ArrayList<>();

    Stages(JobOptions options, int subtasks) throws Exception {
      this.options = options;
      this.subtasks = subtasks;
      start(null, null, null, 0);
    }

    private void start(
        OperatorSubtaskState attributes,
        OperatorSubtaskState roots,
        OperatorSubtaskState chains,
        int before)
        throws Exception {
      for (int subtask = 0; subtask < subtasks; subtask++) {
        CellHarness<Block> one =
            CellHarness.keyed(new AttributeStage(options), 10_000, subtask, subtasks);
        OperatorSubtaskState state =
            attributes == null ? null : CellHarness.part(attributes, before, subtasks, subtask);
        attribute.add(one.restore(state));
      }
      root = CellHarness.standing(new RootStage(options), 10_000).restore(roots);
      chain = CellHarness.of(new ChainStage(options), 10_000).restore(chains);
    }

    void push(Block block) throws Exception {
      Long key = new EvenKeys(options.layouts().decisions()).getKey(block);
      int subtask =
          KeyGroupRangeAssignment.assignKeyToParallelOperator(
              key, EvenKeys.MAX_PARALLELISM, subtasks);
      attribute.get(subtask).push(Collections.singletonList(block));
    }

    void watermark(long watermarkMs) throws Exception {
      OptionalLong promisedMs = OptionalLong.empty();
      for (CellHarness<Block> one : attribute) {
        one.watermark(watermarkMs);
        promisedMs = one.lastWatermarkMs();
        root.push(one.take());
      }
      if (promisedMs.isPresent()) {
        root.watermark(promisedMs.getAsLong());
        chain.push(root.take());
        chain.watermark(promisedMs.getAsLong());
        written.addAll(chain.take());
        written.addAll(chain.takeSide(ChainStage.SPANS));
      }
    }

    /** A checkpoint, a crash, and the next run with one more subtask, or with one alone. */
    void restart() throws Exception {
      OperatorSubtaskState[] attributes = new OperatorSubtaskState[subtasks];
      for (int subtask = 0; subtask < subtasks; subtask++) {
        attributes[subtask] = attribute.get(subtask).snapshot();
      }
      OperatorSubtaskState roots = root.snapshot();
      OperatorSubtaskState chains = chain.snapshot();
      close();
      int before = subtasks;
      subtasks = subtasks % 3 + 1;
      start(CellHarness.together(attributes), roots, chains, before);
    }

    /** All records, sorted; nothing is left in any state but what is known of addresses. */
    List<String> finish() throws Exception {
      watermark(Long.MAX_VALUE);
      for (CellHarness<Block> one : attribute) {
        assertThat(one.timers()).isZero();
      }
      for (CellHarness<?> cells : Arrays.asList(root, chain)) {
        assertThat(cells.storedCells()).isZero();
        assertThat(cells.timers()).isZero();
        assertThat(cells.openCalls()).isZero();
      }
      return CellHarness.json(written);
    }

    @Override
    public void close() {
      attribute.forEach(CellHarness::close);
      attribute.clear();
      root.close();
      chain.close();
    }
  }
}
