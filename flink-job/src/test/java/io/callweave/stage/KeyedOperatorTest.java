package io.callweave.stage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.callweave.cell.CellLayout;
import io.callweave.nativelib.BlockConsumer;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.nativelib.RecordConsumer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.memory.MemoryStateBackend;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.TernaryBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stage that learns, with a kernel of the test's own, over RocksDB. */
class KeyedOperatorTest {
  private static final int GROUPS = 4;
  private static final long NO_LIMIT = Long.MAX_VALUE;
  private static final CellLayout LAYOUT = new CellLayout(1000, "ip-groups", GROUPS);

  /** Nothing waits in memory, all does. */
  @ParameterizedTest
  @ValueSource(longs = {0, NO_LIMIT})
  void theBucketsOfAGroupAreWorkedInOrderAndEachKnowsTheOnesBefore(long budgetBytes)
      throws Exception {
    try (Harness harness = new Harness(LAYOUT, budgetBytes, 0, 1).open()) {
      harness.push(3, 1, "c");
      harness.push(1, 1, "a");
      harness.push(2, 1, "b");
      harness.push(2, 2, "x");
      harness.push(1, 1, "A");
      harness.watermark(10_000);
      assertThat(harness.of(1)).containsExactly("1: +aA", "2: aA+b", "3: aAb+c");
      assertThat(harness.of(2)).containsExactly("2: +x");
    }
  }

  @Test
  void aBucketIsWorkedOnceTheWatermarkHasPassedIt() throws Exception {
    try (Harness harness = new Harness(LAYOUT, NO_LIMIT, 0, 1).open()) {
      harness.push(1, 1, "a");
      harness.watermark(1_998);
      assertThat(harness.taken()).isEmpty();
      harness.watermark(1_999);
      assertThat(harness.of(1)).containsExactly("1: +a");
      assertThatIllegalStateException()
          .isThrownBy(() -> harness.push(1, 1, "late"))
          .withMessageContaining("calls would be lost");
    }
  }

  /** Nothing waits in memory, all does. */
  @ParameterizedTest
  @ValueSource(longs = {0, NO_LIMIT})
  void afterARestoreItGoesOnWithWhatItKnewAndWhatWaited(long budgetBytes) throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(LAYOUT, budgetBytes, 0, 1).open()) {
      harness.push(1, 1, "a");
      harness.push(2, 1, "b");
      harness.watermark(1_999);
      state = harness.snapshot();
      // What comes after the barrier is not part of it.
      harness.push(2, 1, "lost");
    }
    try (Harness harness = new Harness(LAYOUT, budgetBytes, 0, 1).restore(state)) {
      harness.push(2, 1, "B");
      harness.push(3, 1, "c");
      harness.watermark(NO_LIMIT);
      assertThat(harness.of(1)).containsExactly("2: a+bB", "3: abB+c");
    }
  }

  @Test
  void overARescaleEachGroupKeepsWhatItKnewAndWhatWaited() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(LAYOUT, NO_LIMIT, 0, 1).open()) {
      for (int group = 0; group < GROUPS; group++) {
        harness.push(1, group, "a" + group);
        harness.push(2, group, "b" + group);
      }
      harness.watermark(1_999);
      state = harness.snapshot();
    }
    int worked = 0;
    for (int subtask = 0; subtask < GROUPS; subtask++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              state, EvenKeys.MAX_PARALLELISM, 1, GROUPS, subtask);
      try (Harness harness = new Harness(LAYOUT, NO_LIMIT, subtask, GROUPS).restore(part)) {
        harness.watermark(NO_LIMIT);
        // The groups are spread evenly: one each.
        assertThat(harness.of(subtask))
            .containsExactly(String.format("2: a%d+b%d", subtask, subtask));
        worked += harness.taken().size();
      }
    }
    assertThat(worked).isEqualTo(GROUPS);
  }

  @Test
  void aKernelThatSavesNothingLeavesNoState() throws Exception {
    try (Harness harness = new Harness(LAYOUT, 0, 0, 1).open()) {
      harness.push(1, 1, "forget");
      harness.watermark(NO_LIMIT);
      assertThat(harness.of(1)).containsExactly("1: +forget");
      assertThat(harness.stateEntries()).isZero();
      assertThat(harness.harness.numEventTimeTimers()).isZero();
    }
  }

  @Test
  void aStateThatWasCutOtherwiseIsRefused() throws Exception {
    OperatorSubtaskState state;
    try (Harness harness = new Harness(LAYOUT, NO_LIMIT, 0, 1).open()) {
      harness.push(1, 1, "a");
      state = harness.snapshot();
    }
    CellLayout other = new CellLayout(1000, "ip-groups", 8);
    try (Harness harness = new Harness(other, NO_LIMIT, 0, 1)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> harness.restore(state))
          .withMessageContaining("written with ip-groups 4")
          .withMessageContaining("--ip-groups 4");
    }
  }

  /** A subtask of the stage in Flink's harness. */
  private static final class Harness implements AutoCloseable {
    private final CellLayout layout;
    private final KeyedOneInputStreamOperatorTestHarness<Long, Block, String> harness;
    private final List<String> taken = new ArrayList<>();

    Harness(CellLayout layout, long budgetBytes, int subtask, int subtasks) throws Exception {
      this.layout = layout;
      harness =
          new KeyedOneInputStreamOperatorTestHarness<>(
              new KeyedOperator<>(new Remembering(layout), budgetBytes),
              new EvenKeys(layout),
              Types.LONG,
              EvenKeys.MAX_PARALLELISM,
              subtasks,
              subtask);
      RocksDBStateBackend backend =
          new RocksDBStateBackend(new MemoryStateBackend(64 << 20), TernaryBoolean.FALSE);
      backend.setPriorityQueueStateType(PriorityQueueStateType.HEAP);
      harness.setStateBackend(backend);
    }

    Harness open() throws Exception {
      harness.open();
      return this;
    }

    Harness restore(OperatorSubtaskState state) throws Exception {
      harness.initializeState(state);
      harness.open();
      return this;
    }

    void push(long bucket, int group, String text) throws Exception {
      Block block = new Block(layout.cell(bucket, group), 1, (group + text).getBytes(UTF_8));
      harness.processElement(new StreamRecord<>(block));
    }

    void watermark(long watermarkMs) throws Exception {
      harness.processWatermark(watermarkMs);
    }

    OperatorSubtaskState snapshot() throws Exception {
      harness.prepareSnapshotPreBarrier(1);
      return harness.snapshot(1, 1);
    }

    int stateEntries() {
      KeyedStateBackend<?> backend = harness.getOperator().getKeyedStateBackend();
      return ((AbstractKeyedStateBackend<?>) backend).numKeyValueStateEntries();
    }

    List<String> taken() {
      taken.addAll(harness.extractOutputValues());
      harness.getOutput().clear();
      return taken;
    }

    /** What came of a group, without its number. */
    List<String> of(int group) {
      List<String> result = new ArrayList<>();
      for (String text : taken()) {
        if (text.startsWith(group + "/")) {
          result.add(text.substring(2));
        }
      }
      return result;
    }

    @Override
    public void close() {
      try {
        harness.close();
      } catch (Exception e) {
        throw new IllegalStateException("the harness does not close", e);
      }
    }
  }

  /**
   * A stage whose kernel knows all texts of the blocks before, and gives them with the new ones.
   */
  private static final class Remembering extends Stage<KeyedKernel, String> {
    private static final long serialVersionUID = 1L;

    Remembering(CellLayout layout) {
      super("Remember", "remember", layout, Types.STRING);
    }

    @Override
    public KeyedKernel openKernel() {
      return new Memory();
    }

    @Override
    public void drain(KeyedKernel fired, StageOutput<String> out) throws Exception {
      fired.drain((key, value) -> out.collect(new String(value, UTF_8)));
    }
  }

  private static final class Memory implements KeyedKernel {
    private String known;
    private String pushed = "";
    private String group = "";
    private final List<String> results = new ArrayList<>();

    @Override
    public void load(byte[] state) {
      known = new String(state, UTF_8);
    }

    @Override
    public void push(byte[] block) {
      String text = new String(block, UTF_8);
      group = text.substring(0, 1);
      pushed += text.substring(1);
    }

    @Override
    public void fire(long bucket) {
      results.add(group + "/" + bucket + ": " + known + "+" + pushed);
      known = pushed.equals("forget") ? "" : known + pushed;
      pushed = "";
    }

    @Override
    public byte[] save() {
      return known.getBytes(UTF_8);
    }

    @Override
    public void drain(BlockConsumer consumer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void drain(RecordConsumer consumer) throws Exception {
      for (String result : results) {
        consumer.accept(new byte[0], result.getBytes(UTF_8));
      }
      results.clear();
    }

    @Override
    public List<String> counterNames() {
      return Collections.emptyList();
    }

    @Override
    public long[] takeCounts() {
      return new long[0];
    }

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public long memoryBytes() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
