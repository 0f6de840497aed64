package io.callweave;

import io.callweave.options.JobOptions;
import java.io.File;
import java.net.URI;
import org.apache.flink.api.java.utils.ParameterTool;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.contrib.streaming.state.RocksDBOptions;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.CheckpointConfig.ExternalizedCheckpointCleanup;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.TernaryBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up what the job needs of Flink, so that a cluster needs no setting for it. */
public final class JobEnvironment {
  private static final Logger LOG = LoggerFactory.getLogger(JobEnvironment.class);

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

    RocksDBStateBackend backend =
        new RocksDBStateBackend(new FsStateBackend(checkpointDir(options)), TernaryBoolean.TRUE);
    // One timer per cell: few, and on the heap they cost a third.
    backend.setPriorityQueueStateType(PriorityQueueStateType.HEAP);
    // Who writes a factory knows what for.
    if (!GlobalConfiguration.loadConfiguration().contains(RocksDBOptions.OPTIONS_FACTORY)) {
      backend.setRocksDBOptions(new BlockState());
    }
    env.setStateBackend(backend);
  }

  private static URI checkpointDir(JobOptions options) {
    if (options.checkpointDir() != null) {
      return URI.create(options.checkpointDir());
    }
    String clusters =
        GlobalConfiguration.loadConfiguration().get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    if (clusters != null) {
      return URI.create(clusters);
    }
    URI local = new File(System.getProperty("java.io.tmpdir"), "callweave-checkpoints").toURI();
    LOG.warn(
        "Neither --checkpoint-dir nor the cluster's {} is set: checkpoints go to {}, from where the"
            + " job recovers only on a cluster of one machine",
        CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
        local);
    return local;
  }
}
