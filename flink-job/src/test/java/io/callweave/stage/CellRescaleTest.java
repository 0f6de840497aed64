package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.assemble.AssembleStage;
import io.callweave.link.LinkStage;
import io.callweave.options.JobOptions;
import io.callweave.testing.Blocks;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cells are spread over the subtasks, and move when there are more or fewer of them. */
class CellRescaleTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());
  private static final long BUDGET_BYTES = 5_000;

  private final List<Call> calls = Calls.random(4, 1000, 6, 20);
  private List<Block> legs;

  @BeforeEach
  void cutIntoBlocks() throws Exception {
    legs = Blocks.of(calls, 3, OPTIONS);
  }

  @Test
  void twoSubtasksTogetherGiveWhatOneGives() throws Exception {
    List<Block> halves = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      List<Block> own = CellHarness.ofSubtask(legs, subtask, 2);
      assertThat(own).isNotEmpty().hasSizeLessThan(legs.size());
      try (CellHarness<Block> link = link(subtask, 2).open()) {
        halves.addAll(link.fireAll(own));
      }
    }
    List<ResultRecord> linked = new ArrayList<>();
    for (int subtask = 0; subtask < 2; subtask++) {
      try (CellHarness<ResultRecord> assemble = assemble(subtask, 2).open()) {
        linked.addAll(assemble.fireAll(CellHarness.ofSubtask(halves, subtask, 2)));
      }
    }
    assertThat(CellHarness.json(linked)).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void fromOneSubtaskToThreeNothingIsLost() throws Exception {
    int half = legs.size() / 2;
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(0, 1).open()) {
      link.push(legs.subList(0, half));
      state = link.snapshot();
    }
    List<Block> rest = legs.subList(half, legs.size());
    List<Block> halves = new ArrayList<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      OperatorSubtaskState part = CellHarness.part(state, 1, 3, subtask);
      try (CellHarness<Block> link = link(subtask, 3).restore(part)) {
        halves.addAll(link.fireAll(CellHarness.ofSubtask(rest, subtask, 3)));
      }
    }
    assertThat(json(halves)).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void fromTwoSubtasksToOneNothingIsLost() throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> zero = link(0, 2).open();
        CellHarness<Block> one = link(1, 2).open()) {
      zero.push(CellHarness.ofSubtask(legs, 0, 2));
      one.push(CellHarness.ofSubtask(legs, 1, 2));
      state = CellHarness.together(zero.snapshot(), one.snapshot());
    }
    OperatorSubtaskState part = CellHarness.part(state, 2, 1, 0);
    try (CellHarness<Block> link = link(0, 1).restore(part)) {
      assertThat(json(link.fireAll(Collections.emptyList()))).isEqualTo(NaiveLinks.of(calls, 1000));
    }
  }

  @Test
  void theCountOfOpenCallsIsDividedNotMultiplied() throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(0, 1).open()) {
      link.push(legs);
      state = link.snapshot();
    }
    long open = 0;
    for (int subtask = 0; subtask < 3; subtask++) {
      OperatorSubtaskState part = CellHarness.part(state, 1, 3, subtask);
      try (CellHarness<Block> link = link(subtask, 3).restore(part)) {
        link.watermark(Long.MAX_VALUE);
        open += link.openCalls();
      }
    }
    assertThat(open).isZero();
  }

  private static CellHarness<Block> link(int subtask, int subtasks) throws Exception {
    return CellHarness.of(new LinkStage(OPTIONS), BUDGET_BYTES, subtask, subtasks);
  }

  private static CellHarness<ResultRecord> assemble(int subtask, int subtasks) throws Exception {
    return CellHarness.of(new AssembleStage(OPTIONS), BUDGET_BYTES, subtask, subtasks);
  }

  private static List<String> json(List<Block> halves) throws Exception {
    try (CellHarness<ResultRecord> assemble = assemble(0, 1).open()) {
      return CellHarness.json(assemble.fireAll(halves));
    }
  }
}
