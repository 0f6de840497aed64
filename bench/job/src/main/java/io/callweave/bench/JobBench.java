package io.callweave.bench;

import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs jobs in turn over records from memory, to a sink that counts, and prints what each run took,
 * a JSON object a line.
 *
 * <p>Arguments: {@code BENCH ROUNDS WARM_UP_S FILE}. The file has a line for each {@link
 * Candidate}; in every round each of them runs once, in that order. Round 0 is the warm-up, in
 * which each runs for so many seconds at least. {@code BENCH} is handed on.
 *
 * <p>Each job has a JVM of its own, as it has its own TaskManagers in a cluster: neither the heap
 * that another one has left nor what the compiler took it for is part of the measurement. It waits
 * while the others run.
 */
public final class JobBench {
  private JobBench() {}

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[1]);
    Path file = Paths.get(args[3]);
    List<Candidate> candidates = Candidate.readAll(file);
    Map<String, JobProcess> processes = new HashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (int number = 0; number < candidates.size(); number++) {
        Candidate candidate = candidates.get(number);
        JobProcess process = processes.get(candidate.process());
        if (process == null) {
          process = JobProcess.start(candidate, args[0], args[2], file);
          processes.put(candidate.process(), process);
        }
        System.out.println(process.run(number, round));
      }
    }
    for (JobProcess process : processes.values()) {
      process.stop();
    }
  }
}
