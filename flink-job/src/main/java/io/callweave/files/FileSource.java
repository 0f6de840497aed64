package io.callweave.files;

import com.github.luben.zstd.ZstdIOException;
import io.callweave.route.InputRecord;
import io.callweave.time.Gate;
import io.callweave.time.Ticks;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.ZipException;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.RichParallelSourceFunction;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.api.watermark.Watermark;

/**
 * Reads files, each a split that is read by one subtask, in the order of the times in them.
 *
 * <p>The first record of every file is read before all others: by it Route knows from when on the
 * file has calls, and holds time back until they are read. From then on the file that holds time
 * back is read on, which Route says by {@link Gate#lastSplit}. So files that were written one after
 * the other are read so, files that were written beside each other are read together, and little of
 * what was read has to wait.
 *
 * <p>Flink's own {@code FileSource} ends subtasks that have nothing left to read, which in 1.12
 * ends all checkpoints, and knows neither the order of times nor who holds time back.
 */
final class FileSource extends RichParallelSourceFunction<InputRecord>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final int CHUNK_RECORDS = 512;
  private static final int CHUNK_BYTES = 256 << 10;
  private static final long LIST_EVERY_MS = 1_000;
  private static final long LOOK_EVERY_MS = 200;

  /** The part of its time that a subtask may list files in is one in so many. */
  private static final long MAX_LISTING_SHARE = 10;

  private final InputFiles input;
  private final boolean watched;
  private final int mostBytes;

  private transient ListState<FileState> stored;
  private transient OwnFiles own;
  private transient OpenFiles open;
  private transient LastCheckpoint last;
  private transient volatile boolean running;

  /**
   * A source.
   *
   * @param watched whether new files are looked for until the job is stopped
   * @param mostBytes of a record, of which the rest is left out
   */
  FileSource(InputFiles input, boolean watched, int mostBytes) {
    this.input = input;
    this.watched = watched;
    this.mostBytes = mostBytes;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    stored =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("files", Types.POJO(FileState.class)));
    StreamingRuntimeContext runtime = (StreamingRuntimeContext) getRuntimeContext();
    own =
        new OwnFiles(
            runtime.getIndexOfThisSubtask(),
            runtime.getNumberOfParallelSubtasks(),
            watched,
            input::leavesOut,
            stored.get());
    open = new OpenFiles(mostBytes, runtime.getTaskManagerRuntimeInfo().getTmpDirectories()[0]);
    last = new LastCheckpoint(runtime);
    running = true;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    stored.update(own.all());
    last.snapshot(context.getCheckpointId());
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    last.completed(checkpointId);
  }

  @Override
  public void run(SourceContext<InputRecord> context) throws Exception {
    try {
      beginAll(context);
      long nextListingMs = Ticks.SYSTEM.nowMs() + LIST_EVERY_MS;
      while (running) {
        long nowMs = Ticks.SYSTEM.nowMs();
        if (watched && nowMs >= nextListingMs) {
          List<FileState> found = find(context);
          // Where a listing takes long it is no work for every second.
          long tookMs = Ticks.SYSTEM.nowMs() - nowMs;
          nextListingMs = nowMs + Math.max(LIST_EVERY_MS, MAX_LISTING_SHARE * tookMs);
          begin(context, found);
        }
        FileState next = own.next(Gate.lastSplit());
        if (next != null) {
          read(context, next, CHUNK_RECORDS);
        } else if (watched) {
          Thread.sleep(LOOK_EVERY_MS);
        } else {
          end(context);
          return;
        }
      }
    } catch (InterruptedException e) {
      if (running) {
        throw e;
      }
    } finally {
      open.close();
    }
  }

  /** Begins the files that are there, and those that were begun in the run before. */
  private void beginAll(SourceContext<InputRecord> context) throws Exception {
    synchronized (context.getCheckpointLock()) {
      for (FileState file : own.unread()) {
        context.collect(InputRecord.mark(InputRecord.SPLIT_BEGINS, file.split));
      }
    }
    find(context);
    if (watched) {
      // To see whether they are whole.
      Thread.sleep(LIST_EVERY_MS);
      find(context);
    }
    begin(context, new ArrayList<>(own.unread()));
    synchronized (context.getCheckpointLock()) {
      context.collect(InputRecord.mark(InputRecord.SPLITS_KNOWN, 0));
    }
  }

  /** Looks for new files: from now on they hold time back. */
  private List<FileState> find(SourceContext<InputRecord> context) throws IOException {
    List<FileStatus> listing = input.list();
    synchronized (context.getCheckpointLock()) {
      List<FileState> found = own.found(listing);
      for (FileState file : found) {
        context.collect(InputRecord.mark(InputRecord.SPLIT_BEGINS, file.split));
      }
      return found;
    }
  }

  /** Reads the first record of each, by which it is known from when on a file has calls. */
  private void begin(SourceContext<InputRecord> context, Collection<FileState> files)
      throws Exception {
    for (FileState file : files) {
      if (running) {
        read(context, file, 1);
      }
    }
  }

  private void read(SourceContext<InputRecord> context, FileState file, int most) throws Exception {
    Gate.pass();
    List<byte[]> chunk = new ArrayList<>(most);
    boolean more;
    long bytes;
    try {
      FileRecords records = open.of(file);
      more = take(records, most, chunk);
      bytes = records.bytes();
    } catch (DamagedFileException e) {
      throw new UnreadableFileException(
          String.format("%s cannot be read: %s", file.path, e.getMessage()), e);
    } catch (EOFException | ZipException | ZstdIOException e) {
      throw new UnreadableFileException(
          String.format(
              "%s cannot be read behind its record %d: %s; a whole file is wanted, of the kind that"
                  + " its name says",
              file.path, file.records, e.getMessage()),
          e);
    }
    synchronized (context.getCheckpointLock()) {
      for (byte[] value : chunk) {
        context.collect(InputRecord.from(file.path, file.split, file.records, value));
        file.records++;
      }
      file.bytes = bytes;
      if (!more) {
        own.done(file);
        context.collect(InputRecord.mark(InputRecord.SPLIT_ENDS, file.split));
      }
    }
    if (!more) {
      open.close(file);
    }
  }

  /** Takes the next records; false if these are the last. */
  private static boolean take(FileRecords records, int most, List<byte[]> chunk)
      throws IOException {
    int bytes = 0;
    while (chunk.size() < most && bytes < CHUNK_BYTES) {
      byte[] next = records.next();
      if (next == null) {
        return false;
      }
      chunk.add(next);
      bytes += next.length;
    }
    return true;
  }

  /** Ends time, and waits until all that comes of it is committed. */
  private void end(SourceContext<InputRecord> context) throws InterruptedException {
    synchronized (context.getCheckpointLock()) {
      context.emitWatermark(Watermark.MAX_WATERMARK);
      last.ended();
    }
    while (running && !last.isCommitted()) {
      Thread.sleep(LOOK_EVERY_MS);
    }
  }

  @Override
  public void cancel() {
    running = false;
  }
}
