package io.callweave.stage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to the blocks of a cell until it fires, over RocksDB. */
class CellOperatorTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private static final int PIECES = 5;

  private final List<Call> calls = Calls.random(3, 1000, 6, 20);
  private List<Block> legs;
  private int cells;

  @BeforeEach
  void cutIntoBlocks() throws Exception {
    legs = Blocks.of(calls, PIECES, OPTIONS);
    cells = (int) legs.stream().mapToLong(block -> block.cell).distinct().count();
    assertThat(legs).hasSizeGreaterThan(2 * cells);
  }

  /** Nothing waits in memory, some blocks do, all do. */
  @ParameterizedTest
  @ValueSource(longs = {0, 5_000, NO_LIMIT})
  void cellsOfABucketAreWorkedTogetherWhateverWaitsInMemory(long budgetBytes) throws Exception {
    try (CellHarness<Block> link = link(budgetBytes).open()) {
      List<Block> halves = link.fireAll(legs);
      assertThat(json(halves)).isEqualTo(NaiveLinks.of(calls, 1000));
      // What the cells of a bucket have for one cell is one block.
      long pairs =
          legs.stream()
              .mapToLong(block -> OPTIONS.layouts().addresses().bucketOf(block.cell))
              .distinct()
              .count();
      int idCells = (int) halves.stream().mapToLong(block -> block.cell).distinct().count();
      assertThat((long) halves.size()).isLessThanOrEqualTo(pairs * idCells);
    }
  }

  @Test
  void blocksWaitInMemoryUntilABarrier() throws Exception {
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(legs);
      assertThat(link.storedCells()).isZero();
      assertThat(link.timers()).isEqualTo(cells);
      link.snapshot();
      assertThat(link.storedCells()).isEqualTo(cells);
    }
  }

  @Test
  void cellsThatTheNextBarrierWillFindOpenAreWrittenBeforeItOnceThereAreEnough() throws Exception {
    long cell = legs.get(0).cell;
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.watermark(OPTIONS.layouts().addresses().lastMs(cell) - 1);
      link.push(mebibytes(4, cell));
      // When the next barrier comes is known from the second one on.
      assertThat(link.storedCells()).isZero();
      link.snapshot();
      link.snapshot();
      link.push(mebibytes(3, cell + 4));
      assertThat(link.storedCells()).isEqualTo(4);
      link.push(mebibytes(1, cell + 7));
      assertThat(link.storedCells()).isEqualTo(8);
    }
  }

  @Test
  void withoutABudgetBlocksAreWrittenAtOnce() throws Exception {
    try (CellHarness<Block> link = link(0).open()) {
      link.push(legs.subList(0, 1));
      assertThat(link.storedCells()).isEqualTo(1);
      link.push(legs);
      assertThat(link.storedCells()).isEqualTo(cells);
    }
  }

  @Test
  void allThatWaitsIsWrittenWhenTheBudgetIsUsedUp() throws Exception {
    long budgetBytes = (long) legs.get(0).bytes.length + legs.get(1).bytes.length;
    assertThat(legs.get(0).cell).isNotEqualTo(legs.get(1).cell);
    try (CellHarness<Block> link = link(budgetBytes).open()) {
      link.push(legs.subList(0, 2));
      assertThat(link.storedCells()).isZero();
      link.push(legs.subList(2, 3));
      assertThat(link.storedCells()).isEqualTo(3);
    }
  }

  /** Nothing waits in memory, some blocks do, all do. */
  @ParameterizedTest
  @ValueSource(longs = {0, 5_000, NO_LIMIT})
  void nothingIsLostBehindABarrier(long budgetBytes) throws Exception {
    List<Block> halves = new ArrayList<>();
    OperatorSubtaskState state;
    List<Block> before = new ArrayList<>(legs);
    List<Block> after = later(legs.subList(legs.size() / 2, legs.size()), 4_999);
    before.removeAll(after);
    try (CellHarness<Block> link = link(budgetBytes).open()) {
      link.push(before);
      link.watermark(4_999);
      halves.addAll(link.take());
      state = link.snapshot();
      // What comes after the barrier is not part of it.
      link.push(after);
    }
    try (CellHarness<Block> link = link(budgetBytes).restore(state)) {
      link.watermark(4_999);
      assertThat(link.take()).isEmpty();
      link.push(after);
      link.watermark(NO_LIMIT);
      halves.addAll(link.take());
    }
    assertThat(json(halves)).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void cellsThatNoBlockComesToAfterARestoreStillFire() throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(legs);
      state = link.snapshot();
    }
    try (CellHarness<Block> link = link(NO_LIMIT).restore(state)) {
      assertThat(link.timers()).isEqualTo(cells);
      link.watermark(NO_LIMIT);
      assertThat(json(link.take())).isEqualTo(NaiveLinks.of(calls, 1000));
    }
  }

  @Test
  void blocksOfACellThatWasStoredAndThatWaitAreLinkedTogether() throws Exception {
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      for (int i = 0; i < legs.size(); i += 40) {
        link.push(legs.subList(i, Math.min(i + 40, legs.size())));
        link.snapshot();
      }
      assertThat(link.timers()).isEqualTo(cells);
      link.watermark(NO_LIMIT);
      assertThat(json(link.take())).isEqualTo(NaiveLinks.of(calls, 1000));
    }
  }

  /** Nothing waits in memory, all does. */
  @ParameterizedTest
  @ValueSource(longs = {0, NO_LIMIT})
  void nothingIsKeptOfACellThatHasFired(long budgetBytes) throws Exception {
    try (CellHarness<Block> link = link(budgetBytes).open()) {
      link.push(legs);
      link.snapshot();
      link.watermark(NO_LIMIT);
      assertThat(link.storedCells()).isZero();
      assertThat(link.timers()).isZero();
    }
  }

  @Test
  void aCellFiresWhenTheWatermarkHasPassedTheLastMomentOfItsBucket() throws Exception {
    Block first = legs.stream().min((a, b) -> Long.compare(a.cell, b.cell)).get();
    long lastMs = OPTIONS.layouts().addresses().lastMs(first.cell);
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(Collections.singletonList(first));
      link.watermark(lastMs - 1);
      assertThat(link.timers()).isEqualTo(1);
      link.watermark(lastMs);
      assertThat(link.timers()).isZero();
      assertThat(link.take()).isNotEmpty();
    }
  }

  @Test
  void aBlockOfACellThatHasFiredIsRefused() throws Exception {
    Block block = legs.get(0);
    long lastMs = OPTIONS.layouts().addresses().lastMs(block.cell);
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.watermark(lastMs - 1);
      link.push(Collections.singletonList(block));
      link.watermark(lastMs);
      assertThatIllegalStateException()
          .isThrownBy(() -> link.push(Collections.singletonList(block)))
          .withMessageContaining("cell %d", block.cell)
          .withMessageContaining("watermark %d", lastMs);
    }
  }

  @Test
  void openCallsAreCountedAndTheCountSurvivesARestore() throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(legs);
      assertThat(link.openCalls()).isEqualTo(calls.size());
      state = link.snapshot();
    }
    try (CellHarness<Block> link = link(NO_LIMIT).restore(state)) {
      assertThat(link.openCalls()).isEqualTo(calls.size());
      link.watermark(NO_LIMIT);
      assertThat(link.openCalls()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"bucket-ms, 1000, 2000", "ip-groups, 16, 32"})
  void aStateThatWasCutOtherwiseIsRefusedWithTheOptionThatFitsIt(String option, long then, long now)
      throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(legs);
      state = link.snapshot();
    }
    String[] args = {"--" + option, Long.toString(now)};
    JobOptions changed = JobOptions.parse(args, Collections.emptyMap());
    try (CellHarness<Block> link = CellHarness.of(new LinkStage(changed), NO_LIMIT)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> link.restore(state))
          .withMessageContaining("written with %s %d", option, then)
          .withMessageContaining("started with %d", now)
          .withMessageContaining("--%s %d", option, then);
    }
  }

  @Test
  void aStageIsConcernedByItsOwnLayoutAlone() throws Exception {
    OperatorSubtaskState state;
    try (CellHarness<Block> link = link(NO_LIMIT).open()) {
      link.push(legs);
      state = link.snapshot();
    }
    String[] args = {"--id-groups", "8"};
    JobOptions changed = JobOptions.parse(args, Collections.emptyMap());
    try (CellHarness<Block> link =
        CellHarness.of(new LinkStage(changed), NO_LIMIT).restore(state)) {
      assertThat(link.openCalls()).isEqualTo(calls.size());
    }
  }

  @Test
  void aRecordOfTheResultTopicHasTheIdAsItsKey() throws Exception {
    List<ResultRecord> linked;
    try (CellHarness<Block> link = link(NO_LIMIT).open();
        CellHarness<ResultRecord> assemble = assemble(NO_LIMIT).open()) {
      linked = assemble.fireAll(link.fireAll(Blocks.of(Calls.LINEAR, 1, OPTIONS)));
    }
    assertThat(linked)
        .extracting(call -> new String(call.key, UTF_8))
        .containsExactlyInAnyOrder("id1", "id2", "id3");
  }

  private static CellHarness<Block> link(long budgetBytes) throws Exception {
    return CellHarness.of(new LinkStage(OPTIONS), budgetBytes);
  }

  private static CellHarness<ResultRecord> assemble(long budgetBytes) throws Exception {
    return CellHarness.of(new AssembleStage(OPTIONS), budgetBytes);
  }

  /** A block of a MiB, which no kernel can read, for each of some cells. */
  private static List<Block> mebibytes(int cells, long firstCell) {
    return LongStream.range(firstCell, firstCell + cells)
        .mapToObj(cell -> new Block(cell, 0, new byte[1 << 20]))
        .collect(Collectors.toList());
  }

  private static List<String> json(List<Block> halves) throws Exception {
    try (CellHarness<ResultRecord> assemble = assemble(0).open()) {
      return CellHarness.json(assemble.fireAll(halves));
    }
  }

  /** The blocks that this watermark has not fired. */
  private static List<Block> later(List<Block> blocks, long watermarkMs) {
    return blocks.stream()
        .filter(block -> OPTIONS.layouts().addresses().lastMs(block.cell) > watermarkMs)
        .collect(Collectors.toList());
  }
}
