package io.callweave.bench;

import io.callweave.JobEnvironment;
import io.callweave.JobOutputs;
import io.callweave.JobTopology;
import io.callweave.bench.literal.LiteralJob;
import io.callweave.options.JobOptions;
import io.callweave.route.InputRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What takes part in a benchmark: a job with its options, and the calls for it. */
final class Candidate {
  private static final String CALLWEAVE = "callweave";
  private static final String LITERAL_ON_ROCKSDB = "literal-rocksdb";
  private static final String LITERAL_ON_HEAP = "literal-heap";
  private static final int MANAGED_MEMORY_MIB = 1024;
  private static final int FIRST_OPTION = 6;

  final String set;
  final String side;
  final Path file;
  private final String job;
  private final int warmUpCalls;
  private final int calls;
  private final String[] options;

  private Candidate(String[] words) {
    set = words[0];
    side = words[1];
    job = words[2];
    file = Paths.get(words[3]);
    warmUpCalls = Integer.parseInt(words[4]);
    calls = Integer.parseInt(words[5]);
    options = Arrays.copyOfRange(words, FIRST_OPTION, words.length);
    if (!Arrays.asList(CALLWEAVE, LITERAL_ON_ROCKSDB, LITERAL_ON_HEAP).contains(job)) {
      throw new IllegalArgumentException("there is no job " + job);
    }
  }

  /**
   * Reads {@code SET SIDE JOB FILE WARM_UP_CALLS CALLS [OPTION...]}, with single spaces between.
   * Set and side are how it is called. The job is {@code callweave}, {@code literal-rocksdb} or
   * {@code literal-heap}; of the options the literal job goes by parallelism, disorder and
   * checkpoints.
   */
  static Candidate parse(String line) {
    return new Candidate(line.split(" ", -1));
  }

  /** Reads the candidates of a file, one a line. */
  static List<Candidate> readAll(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.map(Candidate::parse).collect(Collectors.toList());
    }
  }

  /** What it shares a JVM by: the job and its slots. */
  String process() {
    return job + "-" + parallelism();
  }

  int parallelism() {
    return jobOptions(Paths.get("")).parallelism();
  }

  /** How many calls it takes in the longest round. */
  int mostCalls() {
    return Math.max(warmUpCalls, calls);
  }

  /** How many calls it takes in a round. */
  int calls(int round) {
    return round == 0 ? warmUpCalls : calls;
  }

  static Path checkpoints(Path folder) {
    return folder.resolve("checkpoints");
  }

  /** Builds the job, between a source and the sink that counts. */
  StreamExecutionEnvironment build(CallsInMemory source, Path folder) {
    JobOptions all = jobOptions(folder);
    StreamExecutionEnvironment env = environment(all);
    if (job.equals(CALLWEAVE)) {
      JobOutputs outputs =
          new JobOutputs(
              new CountingSink<>(),
              new LastSink<>(),
              new LastSink<>(),
              new LastSink<>(),
              new LastSink<>(),
              new LastSink<>(),
              new LastSink<>(),
              new CountingSink<>());
      new JobTopology(source, outputs).build(env, all);
      return env;
    }
    if (job.equals(LITERAL_ON_HEAP)) {
      env.setStateBackend(new FsStateBackend(checkpoints(folder).toUri()));
    } else {
      // The job's small buffers and many files are for blocks: a get would look into each.
      ((RocksDBStateBackend) env.getStateBackend()).setRocksDBOptions(new UncompressedState());
    }
    LiteralJob.build(
        env.addSource(source, "Calls", Types.POJO(InputRecord.class)),
        Duration.ofMillis(all.maxOutOfOrderMs()),
        new CountingSink<>());
    return env;
  }

  private JobOptions jobOptions(Path folder) {
    Stream<String> checkpoints = Stream.of("--checkpoint-dir=" + checkpoints(folder).toUri());
    return JobOptions.parse(
        Stream.concat(Arrays.stream(options), checkpoints).toArray(String[]::new),
        Collections.emptyMap());
  }

  /** As the job sets it up itself, so that all have the same state, checkpoints and serializers. */
  private static StreamExecutionEnvironment environment(JobOptions options) {
    Configuration cluster = new Configuration();
    cluster.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(MANAGED_MEMORY_MIB));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(options.parallelism(), cluster);
    JobEnvironment.configure(env, options);
    return env;
  }
}
