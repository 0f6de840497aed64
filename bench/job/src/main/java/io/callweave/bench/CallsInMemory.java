package io.callweave.bench;

import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.time.Backlog;
import io.callweave.time.BacklogFactory;
import io.callweave.time.Ticks;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;
import org.apache.flink.streaming.api.functions.source.SourceFunction;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;

/**
 * Records of a file, from memory and as fast as they are taken: what Kafka costs is not in the
 * measurement. Each subtask is one partition.
 *
 * <p>The records are static, because source and program share the JVM of a MiniCluster, and no
 * measurement begins by copying them.
 */
final class CallsInMemory extends RichParallelSourceFunction<InputRecord> implements CallInput {
  private static final long serialVersionUID = 1L;
  private static final long PAUSE_MS = 10;
  private static List<byte[]> records = Collections.emptyList();
  private static Path origin;

  /** Records that the latest source has not yet handed on. */
  private static final AtomicInteger LEFT = new AtomicInteger();

  private final int calls;
  private final boolean staysOpen;
  private volatile boolean running = true;

  /**
   * A source of the first so many records.
   *
   * @param staysOpen whether it goes on without records, until it is cancelled
   */
  CallsInMemory(int calls, boolean staysOpen) {
    if (calls > records.size()) {
      throw new IllegalArgumentException(
          "the file has " + records.size() + " records, " + calls + " are wanted");
    }
    this.calls = calls;
    this.staysOpen = staysOpen;
    LEFT.set(calls);
  }

  /** Whether the latest source has handed on all of its records. */
  static boolean allHandedOn() {
    return LEFT.get() == 0;
  }

  /** Reads the first records of a file, one a line, unless so many of it are there already. */
  static void read(Path file, int least) throws IOException {
    if (file.equals(origin) && records.size() >= least) {
      return;
    }
    // The old ones must not be in memory beside the new ones.
    records = new ArrayList<>(least);
    origin = file;
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      String line;
      while (records.size() < least && (line = reader.readLine()) != null) {
        records.add(line.getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @Override
  public void run(SourceContext<InputRecord> context) throws InterruptedException {
    Stopwatch.sourceBegins();
    int partition = getRuntimeContext().getIndexOfThisSubtask();
    int partitions = getRuntimeContext().getNumberOfParallelSubtasks();
    long offset = 0;
    for (int i = partition; i < calls && running; i += partitions) {
      synchronized (context.getCheckpointLock()) {
        context.collect(new InputRecord(partition, offset++, records.get(i)));
      }
    }
    LEFT.addAndGet((int) -offset);
    while (staysOpen && running) {
      Thread.sleep(PAUSE_MS);
    }
  }

  @Override
  public void cancel() {
    running = false;
  }

  /** There is nothing outside the job that could be missing. */
  @Override
  public void check() {}

  @Override
  public SourceFunction<InputRecord> source() {
    return this;
  }

  @Override
  public BacklogFactory backlog() {
    return new NeverSilent();
  }

  /** Of a source that is never silent. */
  private static final class NeverSilent implements BacklogFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public Backlog open(int subtask, int subtasks, AsyncExceptionHandler task) {
      return new Backlog() {
        @Override
        public boolean isOwn(int partition) {
          return partition == subtask;
        }

        @Override
        public void reached(int partition, long offset) {}

        @Override
        public Answer latest() {
          return new Answer(
              Ticks.SYSTEM.nowMs(), Collections.singletonMap(subtask, Answer.OUT_OF_REACH));
        }

        @Override
        public void close() {}
      };
    }
  }
}
