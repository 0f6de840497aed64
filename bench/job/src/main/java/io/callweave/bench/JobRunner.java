package io.callweave.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs jobs as it is told to: for each line {@code CANDIDATE ROUND} of the standard input it prints
 * what the run took as a line of JSON. A candidate is the number of its line in a file.
 *
 * <p>Arguments: {@code BENCH WARM_UP_S FILE FOLDER}.
 */
public final class JobRunner {
  private final Path folder;

  JobRunner(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws IOException {
    long warmUpNanos = TimeUnit.SECONDS.toNanos(Long.parseLong(args[1]));
    List<Candidate> candidates = Candidate.readAll(Paths.get(args[2]));
    JobRunner runner = new JobRunner(Paths.get(args[3]));
    ExecutorService runs = Executors.newSingleThreadExecutor();
    try (BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      String order;
      while ((order = orders.readLine()) != null) {
        String[] words = order.split(" ", 2);
        Candidate candidate = candidates.get(Integer.parseInt(words[0]));
        int round = Integer.parseInt(words[1]);
        runs.execute(
            () -> System.out.println(runner.attempt(candidate, round, warmUpNanos).json(args[0])));
      }
    }
    // Whoever gave the orders has enough or is gone: nobody waits for a run that still goes on.
    Runtime.getRuntime().halt(0);
  }

  /**
   * One run. To warm up, runs as long as the counted ones follow until it has taken long enough: in
   * a short one there is no checkpoint.
   */
  private Run attempt(Candidate candidate, int round, long warmUpNanos) {
    try {
      long began = System.nanoTime();
      Run run = run(candidate, round);
      while (round == 0 && System.nanoTime() - began < warmUpNanos) {
        run(candidate, 1);
      }
      return run;
    } catch (Throwable e) {
      // Also for want of memory: without an answer, who gave the order would wait for ever.
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
      throw new IllegalStateException(e);
    }
  }

  /** One run in a cluster of its own; returns what it took. */
  Run run(Candidate candidate, int round) throws Exception {
    int calls = candidate.calls(round);
    CallsInMemory.read(candidate.file, candidate.mostCalls());
    CountingSink.reset();
    StreamExecutionEnvironment env = candidate.build(new CallsInMemory(calls, false), folder);
    // What the run before has left is not for this one to clear away.
    System.gc();
    Stopwatch.reset();
    env.execute(candidate.side);
    Folders.delete(Candidate.checkpoints(folder));
    return new Run(candidate, round);
  }

  /** What one run found and took. */
  static final class Run {
    final long written = CountingSink.written();
    final long rejected = CountingSink.rejected();
    final long hash = CountingSink.hash();
    private final double wallS = Stopwatch.wallS();
    private final double cpuS = Stopwatch.cpuS();
    private final Candidate candidate;
    private final int round;

    Run(Candidate candidate, int round) {
      this.candidate = candidate;
      this.round = round;
    }

    String json(String bench) {
      return String.format(
          "{\"bench\":\"%s\",\"set\":\"%s\",\"side\":\"%s\",\"round\":%d,\"calls\":%d,"
              + "\"written\":%d,\"rejected\":%d,\"hash\":\"%016x\",\"wall_s\":%.3f,\"cpu_s\":%.3f}",
          bench,
          candidate.set,
          candidate.side,
          round,
          candidate.calls(round),
          written,
          rejected,
          hash,
          wallS,
          cpuS);
    }
  }
}
