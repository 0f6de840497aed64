package io.callweave.bench;

import com.sun.management.OperatingSystemMXBean;
import io.callweave.JobEnvironment;
import io.callweave.JobTopology;
import io.callweave.bench.literal.LiteralJob;
import io.callweave.options.JobOptions;
import io.callweave.source.InputRecord;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.Collections;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs the job and the literal job in turn over the same records, from memory to a sink that
 * counts, and prints what each took, a JSON object a line.
 *
 * <p>Arguments: {@code FILE CALLS LITERAL_CALLS ROUNDS STATE PARALLELISM}, with the job's and the
 * literal job's number of calls, which the first round of each, a warm-up, is given too, and {@code
 * rocksdb} or {@code heap} for the state of the literal job.
 */
public final class JobBench {
  private static final int MANAGED_MEMORY_MIB = 1024;

  private final Path folder;
  private final String stateOfLiteral;
  private final int parallelism;

  JobBench(Path folder, String stateOfLiteral, int parallelism) {
    this.folder = folder;
    this.stateOfLiteral = stateOfLiteral;
    this.parallelism = parallelism;
  }

  public static void main(String[] args) throws Exception {
    int calls = Integer.parseInt(args[1]);
    int literalCalls = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    CallsInMemory.read(Paths.get(args[0]), Math.max(calls, literalCalls));
    Path folder = Paths.get(System.getProperty("java.io.tmpdir"), "callweave-bench");
    JobBench bench = new JobBench(folder, args[4], Integer.parseInt(args[5]));
    for (int round = 0; round <= rounds; round++) {
      System.out.println(bench.run("callweave", round, calls));
      System.out.println(bench.run("literal", round, literalCalls));
      if (calls != literalCalls && round == 0) {
        // That both find the same can only be seen on the same calls.
        System.out.println(bench.run("callweave", round, literalCalls));
      }
    }
  }

  /** One run of a job in a cluster of its own; returns what it took. */
  Run run(String job, int round, int calls) throws Exception {
    CountingSink.reset();
    StreamExecutionEnvironment env = job.equals("callweave") ? callweave(calls) : literal(calls);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long began = System.nanoTime();
    env.execute(job);
    double wallS = (System.nanoTime() - began) / 1e9;
    double cpuS = (system.getProcessCpuTime() - cpu) / 1e9;
    return new Run(job, round, calls, wallS, cpuS);
  }

  /** What one run found and took. */
  static final class Run {
    final long written = CountingSink.count();
    final long hash = CountingSink.sum();
    private final String job;
    private final int round;
    private final int calls;
    private final double wallS;
    private final double cpuS;

    Run(String job, int round, int calls, double wallS, double cpuS) {
      this.job = job;
      this.round = round;
      this.calls = calls;
      this.wallS = wallS;
      this.cpuS = cpuS;
    }

    /** A JSON object. */
    @Override
    public String toString() {
      return String.format(
          "{\"job\":\"%s\",\"round\":%d,\"calls\":%d,\"written\":%d,\"hash\":\"%016x\","
              + "\"wall_s\":%.3f,\"cpu_s\":%.3f}",
          job, round, calls, written, hash, wallS, cpuS);
    }
  }

  private StreamExecutionEnvironment callweave(int calls) {
    JobOptions options = options();
    StreamExecutionEnvironment env = environment(options);
    new JobTopology(
            new CallsInMemory(calls),
            new CallsInMemory.NeverSilent(),
            new CountingSink<>(),
            new CountingSink<>())
        .build(env, options);
    return env;
  }

  private StreamExecutionEnvironment literal(int calls) {
    JobOptions options = options();
    StreamExecutionEnvironment env = environment(options);
    if (stateOfLiteral.equals("heap")) {
      env.setStateBackend(new FsStateBackend(folder.resolve("checkpoints").toUri()));
    }
    LiteralJob.build(
        env.addSource(new CallsInMemory(calls), "Calls", Types.POJO(InputRecord.class)),
        Duration.ofMillis(options.maxOutOfOrderMs()),
        new CountingSink<>());
    return env;
  }

  private JobOptions options() {
    String[] args = {
      "--parallelism=" + parallelism, "--checkpoint-dir=" + folder.resolve("checkpoints").toUri()
    };
    return JobOptions.parse(args, Collections.emptyMap());
  }

  /**
   * As the job sets it up itself, so that both have the same state, checkpoints and serializers.
   */
  private StreamExecutionEnvironment environment(JobOptions options) {
    Configuration cluster = new Configuration();
    cluster.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(MANAGED_MEMORY_MIB));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, cluster);
    JobEnvironment.configure(env, options);
    return env;
  }
}
