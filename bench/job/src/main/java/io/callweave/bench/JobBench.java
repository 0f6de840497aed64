package io.callweave.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs jobs in turn over records from memory, to a sink that counts, and prints what each run took,
 * a JSON object a line.
 *
 * <p>Arguments: {@code BENCH ROUNDS FILE}. The file has a line for each {@link Candidate}; in every
 * round each of them runs once, in that order. Round 0 is the warm-up. {@code BENCH} is handed on.
 */
public final class JobBench {
  private final Path folder;

  JobBench(Path folder) {
    this.folder = folder;
  }

  public static void main(String[] args) throws Exception {
    List<Candidate> candidates = new ArrayList<>();
    for (String line : Files.readAllLines(Paths.get(args[2]))) {
      candidates.add(Candidate.parse(line));
    }
    int rounds = Integer.parseInt(args[1]);
    JobBench bench = new JobBench(Paths.get(System.getProperty("java.io.tmpdir"), "bench-job"));
    for (int round = 0; round <= rounds; round++) {
      for (Candidate candidate : candidates) {
        System.out.println(bench.run(candidate, round).json(args[0]));
      }
    }
  }

  /** One run in a cluster of its own; returns what it took. */
  Run run(Candidate candidate, int round) throws Exception {
    int calls = candidate.calls(round);
    CallsInMemory.read(candidate.file, calls);
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
