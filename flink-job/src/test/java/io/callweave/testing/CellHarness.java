package io.callweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toList;

import io.callweave.assemble.AssembleStage;
import io.callweave.link.LinkStage;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.stage.CellOperator;
import io.callweave.stage.EvenKeys;
import io.callweave.stage.KeyedOperator;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;
import io.callweave.stage.StandingOperator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.memory.MemoryStateBackend;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.TernaryBoolean;

/**
 * One subtask of a stage in Flink's harness, over RocksDB as the job has it.
 *
 * @param <T> what comes out of it
 */
public final class CellHarness<T> implements AutoCloseable {
  private static final int MAX_PARALLELISM = 720;
  private static final int MEMORY_BYTES = 64 << 20;

  private final KeyedOneInputStreamOperatorTestHarness<Long, Block, T> harness;
  private final LongSupplier openCalls;

  private CellHarness(
      OneInputStreamOperator<Block, T> operator,
      KeySelector<Block, Long> keys,
      LongSupplier openCalls,
      int subtask,
      int subtasks)
      throws Exception {
    this.openCalls = openCalls;
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            operator, keys, Types.LONG, MAX_PARALLELISM, subtasks, subtask);
    RocksDBStateBackend backend =
        new RocksDBStateBackend(new MemoryStateBackend(MEMORY_BYTES), TernaryBoolean.FALSE);
    backend.setPriorityQueueStateType(PriorityQueueStateType.HEAP);
    harness.setStateBackend(backend);
  }

  /** An operator of the job. */
  public static <T> CellHarness<T> of(Stage<CellKernel, T> stage, long budgetBytes)
      throws Exception {
    return of(stage, budgetBytes, 0, 1);
  }

  /** One subtask of an operator of the job. */
  public static <T> CellHarness<T> of(
      Stage<CellKernel, T> stage, long budgetBytes, int subtask, int subtasks) throws Exception {
    CellOperator<T> operator = new CellOperator<>(stage, budgetBytes);
    return new CellHarness<>(operator, block -> block.cell, operator::openCalls, subtask, subtasks);
  }

  /** An operator of the job whose kernel learns. */
  public static <T> CellHarness<T> keyed(
      Stage<KeyedKernel, T> stage, long budgetBytes, int subtask, int subtasks) throws Exception {
    KeyedOperator<T> operator = new KeyedOperator<>(stage, budgetBytes);
    EvenKeys keys = new EvenKeys(stage.layout());
    return new CellHarness<>(operator, keys, operator::openCalls, subtask, subtasks);
  }

  /** An operator of the job whose kernel stands. */
  public static <T> CellHarness<T> standing(Stage<CellKernel, T> stage, long budgetBytes)
      throws Exception {
    StandingOperator<T> operator = new StandingOperator<>(stage, budgetBytes);
    return new CellHarness<>(operator, new EvenKeys(stage.layout()), operator::openCalls, 0, 1);
  }

  /** The records of the result topic, sorted, for all blocks that Route made of some calls. */
  public static List<String> linked(Collection<Block> legs, JobOptions options) throws Exception {
    try (CellHarness<Block> link = of(new LinkStage(options), 1 << 20).open();
        CellHarness<ResultRecord> assemble = of(new AssembleStage(options), 1 << 20).open()) {
      return json(assemble.fireAll(link.fireAll(legs)));
    }
  }

  /** The values of linked calls, sorted. */
  public static List<String> json(Collection<ResultRecord> linked) {
    return linked.stream().map(call -> new String(call.value, UTF_8)).sorted().collect(toList());
  }

  /** Starts without state. */
  public CellHarness<T> open() throws Exception {
    harness.open();
    return this;
  }

  /** Starts from this state, which may be that of another parallelism. */
  public CellHarness<T> restore(OperatorSubtaskState state) throws Exception {
    harness.initializeState(state);
    harness.open();
    return this;
  }

  /** Puts the state of all subtasks together, for {@link #restore} at another parallelism. */
  public static OperatorSubtaskState together(OperatorSubtaskState... states) throws Exception {
    return AbstractStreamOperatorTestHarness.repackageState(states);
  }

  /** The part of a state of {@code before} subtasks that this of {@code after} subtasks gets. */
  public static OperatorSubtaskState part(
      OperatorSubtaskState state, int before, int after, int subtask) {
    return AbstractStreamOperatorTestHarness.repartitionOperatorState(
        state, MAX_PARALLELISM, before, after, subtask);
  }

  public void push(Collection<Block> blocks) throws Exception {
    for (Block block : blocks) {
      harness.processElement(new StreamRecord<>(block));
    }
  }

  public void watermark(long watermarkMs) throws Exception {
    harness.processWatermark(watermarkMs);
  }

  /** Takes in blocks, and fires all cells: what came out. */
  public List<T> fireAll(Collection<Block> blocks) throws Exception {
    push(blocks);
    watermark(Long.MAX_VALUE);
    return take();
  }

  /** What came out since this was last called. */
  public List<T> take() {
    List<T> taken = new ArrayList<>(harness.extractOutputValues());
    harness.getOutput().clear();
    return taken;
  }

  /** The sums that came out since this was last called. */
  public List<Block> takeSums() {
    List<Block> taken = new ArrayList<>();
    Queue<StreamRecord<Block>> sums = harness.getSideOutput(StageOutput.SUMS);
    while (sums != null && !sums.isEmpty()) {
      taken.add(sums.remove().getValue());
    }
    return taken;
  }

  /** The records that came out at a side since this was last called. */
  public List<ResultRecord> takeSide(OutputTag<ResultRecord> side) {
    List<ResultRecord> taken = new ArrayList<>();
    Queue<StreamRecord<ResultRecord>> records = harness.getSideOutput(side);
    while (records != null && !records.isEmpty()) {
      taken.add(records.remove().getValue());
    }
    return taken;
  }

  /** What Flink sends to a subtask. */
  public static List<Block> ofSubtask(Collection<Block> blocks, int subtask, int subtasks) {
    return blocks.stream()
        .filter(
            block ->
                KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        block.cell, MAX_PARALLELISM, subtasks)
                    == subtask)
        .collect(toList());
  }

  /** The last watermark that came out since {@link #take} was last called, if there is one. */
  public OptionalLong lastWatermarkMs() {
    return harness.getOutput().stream()
        .filter(Watermark.class::isInstance)
        .mapToLong(each -> ((Watermark) each).getTimestamp())
        .max();
  }

  /** A checkpoint, with what happens before its barrier. */
  public OperatorSubtaskState snapshot() throws Exception {
    harness.prepareSnapshotPreBarrier(1);
    return harness.snapshot(1, 1);
  }

  /** Cells with something in RocksDB. */
  public int storedCells() {
    KeyedStateBackend<?> backend = harness.getOperator().getKeyedStateBackend();
    return ((AbstractKeyedStateBackend<?>) backend).numKeyValueStateEntries();
  }

  /** Calls that wait for their cell to fire, as the metric says. */
  public long openCalls() {
    return openCalls.getAsLong();
  }

  public int timers() {
    return harness.numEventTimeTimers();
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
