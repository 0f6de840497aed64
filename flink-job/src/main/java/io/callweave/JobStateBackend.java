package io.callweave;

import java.io.File;
import java.util.Optional;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.contrib.streaming.state.RocksDBOptions;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.util.TernaryBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocksDB with incremental checkpoints. A setting of the submission goes before the cluster's own,
 * and the cluster's before the job's default.
 *
 * <p>Where the job is submitted, the cluster's settings are not known. Flink calls {@link
 * #configure} with them, once in the JobManager and once for each task.
 */
final class JobStateBackend extends RocksDBStateBackend {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(JobStateBackend.class);

  private final Configuration submitted;
  private final Path localFolder;

  /**
   * A state backend that Flink has yet to configure.
   *
   * @param submitted the settings of the submission
   * @param localFolder of the checkpoints where nobody has set one
   */
  private JobStateBackend(Configuration submitted, Path localFolder) {
    super(new FsStateBackend(localFolder), TernaryBoolean.TRUE);
    this.submitted = submitted;
    this.localFolder = localFolder;
  }

  static JobStateBackend of(Configuration submitted) {
    File temporary = new File(System.getProperty("java.io.tmpdir"));
    return new JobStateBackend(
        submitted, new Path(new File(temporary, "callweave-checkpoints").toURI()));
  }

  @Override
  public RocksDBStateBackend configure(ReadableConfig cluster, ClassLoader loader) {
    ReadableConfig settings = new Layered(submitted, cluster);
    RocksDBStateBackend backend =
        new RocksDBStateBackend(
            new FsStateBackend(checkpointFolder(settings)), TernaryBoolean.TRUE);
    // One timer per cell: few, and on the heap they cost a third.
    backend.setPriorityQueueStateType(PriorityQueueStateType.HEAP);
    // Who sets a factory knows what for.
    if (!settings.getOptional(RocksDBOptions.OPTIONS_FACTORY).isPresent()) {
      backend.setRocksDBOptions(new RocksDbOptions());
    }
    return backend.configure(settings, loader);
  }

  private Path checkpointFolder(ReadableConfig settings) {
    String folder = settings.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    if (folder != null) {
      return new Path(folder);
    }
    LOG.warn(
        "Checkpoints go to {}, from where the job recovers only on a cluster of one machine:"
            + " there is no --checkpoint-dir, and neither the submission nor this process sets {}",
        localFolder,
        CheckpointingOptions.CHECKPOINTS_DIRECTORY.key());
    return localFolder;
  }

  /** The settings of one configuration, and of another what that one does not set. */
  private static final class Layered implements ReadableConfig {
    private final ReadableConfig first;
    private final ReadableConfig second;

    Layered(ReadableConfig first, ReadableConfig second) {
      this.first = first;
      this.second = second;
    }

    @Override
    public <T> T get(ConfigOption<T> option) {
      return getOptional(option).orElseGet(option::defaultValue);
    }

    @Override
    public <T> Optional<T> getOptional(ConfigOption<T> option) {
      Optional<T> value = first.getOptional(option);
      return value.isPresent() ? value : second.getOptional(option);
    }
  }
}
