package io.callweave;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.lang.reflect.Method;
import java.util.Map;
import org.apache.flink.api.java.utils.ParameterTool;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.CheckpointConfig.ExternalizedCheckpointCleanup;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Sets up what the job needs of Flink, so that a cluster needs no setting for it. */
public final class JobEnvironment {
  private static final String STATE_PREFIX = "state.";

  /** Highly divisible, and part of the state. */
  private static final int MAX_PARALLELISM = 720;

  /**
   * How long a block, and the watermark behind it, wait for a buffer to fill. Both shuffles add it
   * to what a result waits for. Flink's own is 100 ms.
   */
  private static final long BUFFER_TIMEOUT_MS = 20;

  private JobEnvironment() {}

  public static void configure(StreamExecutionEnvironment env, JobOptions options) {
    if (options.parallelism() != null) {
      env.setParallelism(options.parallelism());
    }
    env.setMaxParallelism(MAX_PARALLELISM);
    // Negative where nobody has set one.
    if (env.getBufferTimeout() < 0) {
      env.setBufferTimeout(BUFFER_TIMEOUT_MS);
    }
    env.getConfig().enableObjectReuse();
    // Kryo would be slow, could not evolve and does not run on Java 17.
    env.getConfig().disableGenericTypes();
    env.getConfig().disableClosureCleaner();
    env.getConfig().setGlobalJobParameters(ParameterTool.fromMap(options.shown()));

    env.enableCheckpointing(options.checkpointIntervalMs(), CheckpointingMode.EXACTLY_ONCE);
    CheckpointConfig checkpoints = env.getCheckpointConfig();
    // The producers of the sinks have transactions for so many, and no more.
    checkpoints.setMaxConcurrentCheckpoints(1);
    checkpoints.enableExternalizedCheckpoints(ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);

    env.setStateBackend(JobStateBackend.of(stateSettings(env, options)));
  }

  /** What the submission sets of state and checkpoints, the job's own option before all. */
  private static Configuration stateSettings(StreamExecutionEnvironment env, JobOptions options) {
    Map<String, String> submitted = submitted(env).toMap();
    submitted.keySet().removeIf(name -> !name.startsWith(STATE_PREFIX));
    Configuration settings = Configuration.fromMap(submitted);
    if (options.checkpointDir() != null) {
      settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, options.checkpointDir());
    }
    String folder = settings.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    try {
      if (folder != null) {
        new FsStateBackend(new Path(folder));
      }
    } catch (IllegalArgumentException e) {
      throw new OptionsException(
          String.format(
              "%s is '%s'; a URI as file:///checkpoints or s3://bucket/checkpoints is wanted",
              CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(), folder));
    }
    return settings;
  }

  /**
   * The configuration that the job is submitted with: {@code flink-conf.yaml} and {@code -D} of the
   * client, or in a submission over REST or in application mode the JobManager's. Flink 1.12 keeps
   * it from jobs; its own Python API takes it in this way, too.
   */
  private static Configuration submitted(StreamExecutionEnvironment env) {
    try {
      Method configuration = StreamExecutionEnvironment.class.getDeclaredMethod("getConfiguration");
      configuration.setAccessible(true);
      return (Configuration) configuration.invoke(env);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("This is not Flink 1.12: its environment has no settings", e);
    }
  }
}
