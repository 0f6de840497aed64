package io.callweave.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.RuntimeMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A {@link JobRunner} in a JVM of its own, with the flags of this one. Ends with this one at the
 * latest: it reads from it.
 */
final class JobProcess {
  private final String name;
  private final Process process;
  private final BufferedWriter orders;
  private final BufferedReader answers;

  private JobProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    orders =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts one for runs of candidates that share a process with this one. */
  static JobProcess start(Candidate candidate, String bench, String warmUpS, Path file)
      throws IOException {
    RuntimeMXBean jvm = ManagementFactory.getRuntimeMXBean();
    List<String> command = new ArrayList<>(pinnedTo(candidate.parallelism()));
    command.add(Paths.get(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm.getInputArguments());
    String folder = Paths.get(System.getProperty("java.io.tmpdir"), candidate.process()).toString();
    Collections.addAll(command, "-cp", jvm.getClassPath(), JobRunner.class.getName());
    Collections.addAll(command, bench, warmUpS, file.toString(), folder);
    ProcessBuilder builder = new ProcessBuilder(command);
    return new JobProcess(
        candidate.process(), builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** A slot stands for a core: with fewer of them, a job gets no more of the machine than that. */
  private static List<String> pinnedTo(int slots) {
    boolean canPin =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> new File(folder, "taskset").canExecute());
    if (!canPin || slots >= Runtime.getRuntime().availableProcessors()) {
      return Collections.emptyList();
    }
    return Arrays.asList("taskset", "-c", "0-" + (slots - 1));
  }

  /** Runs a candidate once; returns what that took, as a line of JSON. */
  String run(int number, int round) throws IOException, InterruptedException {
    orders.write(number + " " + round + "\n");
    orders.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException(
          "the process of " + name + " ended with code " + process.waitFor() + ": see above");
    }
    return answer;
  }

  /** Ends it. */
  void stop() throws IOException, InterruptedException {
    orders.close();
    process.waitFor();
  }
}
