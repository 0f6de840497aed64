package io.callweave.route;

import static java.util.stream.Collectors.toList;

import io.callweave.options.JobOptions;
import io.callweave.stage.Block;
import io.callweave.testing.Call;
import io.callweave.testing.FakeBacklog;
import io.callweave.testing.FakePeers;
import io.callweave.time.Backlog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/** One subtask of Route in Flink's harness, with the real kernel, a fake broker and fake peers. */
public final class RouteHarness implements AutoCloseable {
  /** The wall clock at the start, ms. */
  public static final long NOW_MS = 1_700_000_000_000L;

  private static final int MAX_PARALLELISM = 720;
  private static final long TICK_MS = 200;

  private final FakeBacklog backlog;
  private final FakePeers peers = new FakePeers();
  private final Map<Integer, Long> nextOffsets = new HashMap<>();
  private final OneInputStreamOperatorTestHarness<InputRecord, Block> harness;
  private long nowMs = NOW_MS;

  private RouteHarness(Backlog backlog, int subtask, int subtasks, String[] options)
      throws Exception {
    this.backlog = backlog instanceof FakeBacklog ? (FakeBacklog) backlog : null;
    RouteSettings settings = new RouteSettings(JobOptions.parse(options, Collections.emptyMap()));
    RouteOperator operator =
        new RouteOperator(
            settings, (index, number, task) -> backlog, (context, task) -> peers, () -> nowMs);
    harness = new OneInputStreamOperatorTestHarness<>(operator, MAX_PARALLELISM, subtasks, subtask);
    harness.setProcessingTime(nowMs);
  }

  /** The only subtask, which is not started. */
  public static RouteHarness of(FakeBacklog backlog, String... options) throws Exception {
    return new RouteHarness(backlog, 0, 1, options);
  }

  /** The only subtask, which is not started, beside another backlog than a fake one. */
  static RouteHarness with(Backlog backlog, String... options) throws Exception {
    return new RouteHarness(backlog, 0, 1, options);
  }

  /** One of some subtasks, which is not started. */
  public static RouteHarness of(FakeBacklog backlog, int subtask, int subtasks, String... options)
      throws Exception {
    return new RouteHarness(backlog, subtask, subtasks, options);
  }

  /** Starts without state. */
  public RouteHarness open() throws Exception {
    harness.open();
    return this;
  }

  /** Starts from this state. */
  public RouteHarness restore(OperatorSubtaskState state) throws Exception {
    harness.initializeState(state);
    harness.open();
    return this;
  }

  /** Reads calls from a partition. */
  public void read(int partition, List<Call> calls) throws Exception {
    for (Call call : calls) {
      read(partition, call.json());
    }
  }

  /** Reads a record from a partition. */
  public void read(int partition, byte[] value) throws Exception {
    long offset = nextOffsets.merge(partition, 1L, Long::sum) - 1;
    harness.processElement(new StreamRecord<>(new InputRecord(partition, offset, value)));
  }

  /** The input says something of a split, or of all. */
  public void mark(byte mark, int split) throws Exception {
    harness.processElement(new StreamRecord<>(InputRecord.mark(mark, split)));
  }

  /** The wall clock goes on to the next tick. */
  public void tick() throws Exception {
    nowMs += TICK_MS;
    harness.setProcessingTime(nowMs);
  }

  /** The wall clock goes on, while the broker is asked at every tick and has nothing unread. */
  public void silence(long ms) throws Exception {
    for (long endMs = nowMs + ms; nowMs < endMs; ) {
      backlog.nothingUnread(nowMs);
      tick();
    }
  }

  /** The broker is asked, and says that there are unread records. */
  public void hearOfBacklog() {
    backlog.unread(nowMs);
  }

  public long nowMs() {
    return nowMs;
  }

  public FakePeers peers() {
    return peers;
  }

  public FakeBacklog backlog() {
    return backlog;
  }

  /** A watermark of the source. */
  public void sourceWatermark(long watermarkMs) throws Exception {
    harness.processWatermark(watermarkMs);
  }

  public void endInput() throws Exception {
    harness.endInput();
  }

  /** A checkpoint, with what happens before its barrier. */
  public OperatorSubtaskState snapshot() throws Exception {
    harness.prepareSnapshotPreBarrier(1);
    return harness.snapshot(1, 1);
  }

  /** All that came out so far, blocks and watermarks in their order. */
  public List<Object> output() {
    return harness.getOutput().stream()
        .map(each -> each instanceof StreamRecord ? ((StreamRecord<?>) each).getValue() : each)
        .collect(toList());
  }

  public List<Block> blocks() {
    return output().stream()
        .filter(Block.class::isInstance)
        .map(Block.class::cast)
        .collect(toList());
  }

  /** The watermarks that came out so far, ms. */
  public List<Long> watermarks() {
    return output().stream()
        .filter(Watermark.class::isInstance)
        .map(each -> ((Watermark) each).getTimestamp())
        .collect(toList());
  }

  /** The rejected records so far. */
  public List<RejectedRecord> rejects() {
    Queue<StreamRecord<RejectedRecord>> side = harness.getSideOutput(RouteOperator.REJECTS);
    return side == null
        ? new ArrayList<>()
        : side.stream().map(StreamRecord::getValue).collect(toList());
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
