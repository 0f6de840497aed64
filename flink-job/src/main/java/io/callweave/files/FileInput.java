package io.callweave.files;

import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.time.BacklogFactory;
import io.callweave.time.NoBacklog;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/** Files, read once each. */
public final class FileInput implements CallInput {
  private final InputFiles files;
  private final boolean watched;
  private final int mostBytes;

  /** The files that these options name. */
  public FileInput(JobOptions options) {
    files = new InputFiles(options.input());
    watched = options.watches();
    // Route says of a longer one that it is too long.
    mostBytes = options.maxRecordBytes() + 1;
  }

  @Override
  public void check() {
    files.check(!watched);
  }

  @Override
  public SourceFunction<InputRecord> source() {
    return new FileSource(files, watched, mostBytes);
  }

  @Override
  public BacklogFactory backlog() {
    return (subtask, subtasks, task) -> new NoBacklog();
  }
}
