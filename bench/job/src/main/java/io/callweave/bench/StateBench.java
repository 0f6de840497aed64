package io.callweave.bench;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.apache.flink.core.execution.JobClient;

/**
 * How many bytes of state a call costs while it is open: what a savepoint of the job has after the
 * calls of a file, less what one has without any, over the calls that were read and not written.
 *
 * <p>Arguments: {@code FILE}, with a line for each {@link Candidate}, of which the number of calls
 * counts. Prints a JSON object a line.
 */
public final class StateBench {
  private static final long PAUSE_MS = 500;
  private static final int PAUSES_WITHOUT_RESULTS = 6;

  private final Path folder;

  StateBench(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    StateBench bench = new StateBench(Paths.get(System.getProperty("java.io.tmpdir"), "state"));
    for (String line : Files.readAllLines(Paths.get(args[0]))) {
      Candidate candidate = Candidate.parse(line);
      CallsInMemory.read(candidate.file, candidate.calls(1));
      long empty = bench.savepoint(candidate, 0);
      long full = bench.savepoint(candidate, candidate.calls(1));
      long open = candidate.calls(1) - CountingSink.written() - CountingSink.rejected();
      System.out.printf(
          "{\"bench\":\"state\",\"set\":\"%s\",\"open\":%d,\"bytes\":%d}%n",
          candidate.set, open, full - empty);
    }
  }

  /** Bytes of the job's savepoint after so many calls. */
  private long savepoint(Candidate candidate, int calls) throws Exception {
    CountingSink.reset();
    CallsInMemory source = new CallsInMemory(calls, true);
    JobClient job = candidate.build(source, folder).executeAsync(candidate.side);
    try {
      awaitQuiet();
      String savepoint = job.triggerSavepoint(folder.resolve("savepoint").toString()).get();
      return Folders.bytes(Paths.get(URI.create(savepoint)));
    } finally {
      job.cancel().get();
      // Until it has ended, it writes checkpoints.
      job.getJobExecutionResult().handle((result, canceled) -> null).get();
      Folders.delete(folder);
    }
  }

  /** Waits until all records were handed on, and nothing is written any more. */
  private static void awaitQuiet() throws InterruptedException {
    long written = 0;
    for (int quiet = 0; quiet < PAUSES_WITHOUT_RESULTS; quiet++) {
      Thread.sleep(PAUSE_MS);
      if (!CallsInMemory.allHandedOn() || CountingSink.written() != written) {
        written = CountingSink.written();
        quiet = 0;
      }
    }
  }
}
