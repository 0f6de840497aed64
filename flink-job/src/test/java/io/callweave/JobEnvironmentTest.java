package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.testing.CapturedLog;
import java.util.Collection;
import java.util.Collections;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.contrib.streaming.state.RocksDBConfigurableOptions;
import org.apache.flink.contrib.streaming.state.RocksDBOptions;
import org.apache.flink.contrib.streaming.state.RocksDBOptionsFactory;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;

/** Who has the last word on a setting: the job's option, the submission, the cluster, the job. */
class JobEnvironmentTest {
  private static final String SUBMITTED = "file:/submitted";
  private static final String CLUSTERS = "file:/clusters";

  /** A factory that an administrator or a user sets. */
  public static class SomeFactory implements RocksDBOptionsFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public DBOptions createDBOptions(DBOptions current, Collection<AutoCloseable> toClose) {
      return current;
    }

    @Override
    public ColumnFamilyOptions createColumnOptions(
        ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
      return current;
    }
  }

  /** Another one. */
  public static final class OtherFactory extends SomeFactory {
    private static final long serialVersionUID = 1L;
  }

  private final Configuration submission = new Configuration();
  private final Configuration cluster = new Configuration();

  @Test
  void checkpointsGoToTheJobsOptionBeforeTheSubmissionsFolderBeforeTheClusters() throws Exception {
    cluster.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, CLUSTERS);
    assertThat(checkpointFolder()).isEqualTo(CLUSTERS);

    submission.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, SUBMITTED);
    assertThat(checkpointFolder()).isEqualTo(SUBMITTED);
    assertThat(checkpointFolder("--checkpoint-dir=file:/option")).isEqualTo("file:/option");
  }

  @Test
  void onlyWhereNobodySetsAFolderAWarningNamesTheLocalOne() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      cluster.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, CLUSTERS);
      checkpointFolder();
      assertThat(log.text()).doesNotContain("WARN io.callweave");

      cluster.removeConfig(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
      String folder = checkpointFolder();
      assertThat(folder).endsWith("callweave-checkpoints");
      assertThat(log.text())
          .contains("WARN io.callweave.JobStateBackend Checkpoints go to " + folder)
          .contains("--checkpoint-dir")
          .contains("state.checkpoints.dir");
    }
  }

  @Test
  void aSubmittedFolderThatIsNoUriIsRefusedBeforeTheJobIsSubmitted() {
    submission.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, "/checkpoints");
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(this::checkpointFolder)
        .withMessageContaining("state.checkpoints.dir is '/checkpoints'")
        .withMessageContaining("file:///checkpoints");
  }

  @Test
  void anOptionsFactoryOfTheSubmissionOrElseTheClustersReplacesTheJobsOwn() throws Exception {
    assertThat(backendInCluster().getRocksDBOptions()).isInstanceOf(RocksDbOptions.class);

    cluster.set(RocksDBOptions.OPTIONS_FACTORY, SomeFactory.class.getName());
    assertThat(backendInCluster().getRocksDBOptions()).isExactlyInstanceOf(SomeFactory.class);

    submission.set(RocksDBOptions.OPTIONS_FACTORY, OtherFactory.class.getName());
    assertThat(backendInCluster().getRocksDBOptions()).isExactlyInstanceOf(OtherFactory.class);
  }

  @Test
  void rocksDbSettingsOfTheSubmissionReachTheTaskManagers() throws Exception {
    cluster.setString(RocksDBConfigurableOptions.WRITE_BUFFER_SIZE.key(), "3mb");
    submission.set(RocksDBOptions.CHECKPOINT_TRANSFER_THREAD_NUM, 7);
    RocksDBStateBackend backend = backendInCluster();
    assertThat(backend.getNumberOfTransferThreads()).isEqualTo(7);
    assertThat(((RocksDbOptions) backend.getRocksDBOptions()).toString()).contains("3");

    submission.setString(RocksDBConfigurableOptions.WRITE_BUFFER_SIZE.key(), "5mb");
    assertThat(((RocksDbOptions) backendInCluster().getRocksDBOptions()).toString()).contains("5");
  }

  @Test
  void checkpointsAreIncrementalAndTimersOnTheHeapWhateverTheClusterSets() throws Exception {
    cluster.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, false);
    cluster.set(
        RocksDBOptions.TIMER_SERVICE_FACTORY, RocksDBStateBackend.PriorityQueueStateType.ROCKSDB);
    RocksDBStateBackend backend = backendInCluster();
    assertThat(backend.isIncrementalCheckpointsEnabled()).isTrue();
    assertThat(backend.getPriorityQueueStateType())
        .isEqualTo(RocksDBStateBackend.PriorityQueueStateType.HEAP);
  }

  @Test
  void blocksWait20MsForABufferUnlessTheSubmissionSaysHowLong() {
    assertThat(configured().getBufferTimeout()).isEqualTo(20);
    submission.setString(ExecutionOptions.BUFFER_TIMEOUT.key(), "7 ms");
    assertThat(configured().getBufferTimeout()).isEqualTo(7);
  }

  private StreamExecutionEnvironment configured(String... options) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(submission);
    JobEnvironment.configure(env, JobOptions.parse(options, Collections.emptyMap()));
    return env;
  }

  /** The backend as the JobManager and the tasks have it: sent there, and configured there. */
  private RocksDBStateBackend backendInCluster(String... options) throws Exception {
    ClassLoader loader = getClass().getClassLoader();
    StateBackend sent = InstantiationUtil.clone(configured(options).getStateBackend(), loader);
    return (RocksDBStateBackend)
        StateBackendLoader.fromApplicationOrConfigOrDefault(sent, cluster, loader, null);
  }

  private String checkpointFolder(String... options) throws Exception {
    FsStateBackend files = (FsStateBackend) backendInCluster(options).getCheckpointBackend();
    return files.getCheckpointPath().toString();
  }
}
