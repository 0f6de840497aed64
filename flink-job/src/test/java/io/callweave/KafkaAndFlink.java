package io.callweave;

import io.callweave.kafka.KafkaBroker;
import io.callweave.kafka.Topics;
import io.callweave.options.JobOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.program.ClusterClient;
import org.apache.flink.configuration.AkkaOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.util.MiniClusterWithClientResource;
import org.apache.flink.util.FileUtils;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A real broker and a MiniCluster, started once for all tests that are extended with this. */
public final class KafkaAndFlink
    implements BeforeAllCallback, AfterEachCallback, ExtensionContext.Store.CloseableResource {
  private static final int STOP_LIMIT_S = 60;

  private KafkaBroker broker;
  private Topics topics;
  private MiniClusterWithClientResource flink;
  private Path folder;
  private final List<JobID> submitted = new ArrayList<>();

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    KafkaAndFlink shared =
        context
            .getRoot()
            .getStore(ExtensionContext.Namespace.GLOBAL)
            .getOrComputeIfAbsent(
                KafkaAndFlink.class, type -> new KafkaAndFlink().start(), KafkaAndFlink.class);
    broker = shared.broker;
    topics = shared.topics;
    flink = shared.flink;
    folder = shared.folder;
  }

  private KafkaAndFlink start() {
    try {
      broker = KafkaBroker.start();
      topics = new Topics(broker.bootstrap());
      folder = Files.createTempDirectory("callweave-it");
      // RocksDB's share of a local cluster is small by default.
      Configuration configuration = new Configuration();
      configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(1024));
      // A job that is stopped first has to open its sinks: on a busy machine longer than 10 s.
      configuration.set(AkkaOptions.ASK_TIMEOUT, "2 min");
      flink =
          new MiniClusterWithClientResource(
              new MiniClusterResourceConfiguration.Builder()
                  .setConfiguration(configuration)
                  .setNumberTaskManagers(2)
                  .setNumberSlotsPerTaskManager(16)
                  .build());
      flink.before();
      return this;
    } catch (Exception e) {
      throw new IllegalStateException("the parts for the tests do not start", e);
    }
  }

  /** Leaves no job behind that a test that failed has not ended. */
  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (JobID job : submitted) {
      if (!status(job).isGloballyTerminalState()) {
        cancel(job);
      }
    }
    submitted.clear();
  }

  @Override
  public void close() throws IOException {
    flink.after();
    topics.close();
    broker.close();
    FileUtils.deleteDirectory(folder.toFile());
  }

  KafkaBroker broker() {
    return broker;
  }

  Topics topics() {
    return topics;
  }

  /** A new folder for savepoints. */
  String savepointFolder() {
    return folder.resolve("savepoints").toUri().toString();
  }

  /** Options of a job at the shared broker: quick, with topics and a group of this name. */
  JobOptions options(String name, String... more) {
    return optionsAt(broker.bootstrap(), name, more);
  }

  /** The same at another broker. */
  JobOptions optionsAt(String bootstrap, String name, String... more) {
    List<String> args =
        new ArrayList<>(
            Arrays.asList(
                "--bootstrap=" + bootstrap,
                "--input-topic=" + name,
                "--output-topic=" + name + "-linked",
                "--chains-topic=" + name + "-chains",
                "--edges-topic=" + name + "-edges",
                "--alerts-topic=" + name + "-alerts",
                "--spans-topic=" + name + "-spans",
                "--rejects-topic=" + name + "-rejected",
                "--group-id=" + name,
                "--checkpoint-dir=" + folder.resolve("checkpoints").toUri()));
    args.addAll(Arrays.asList(more));
    if (args.stream().noneMatch(arg -> arg.startsWith("--checkpoint-interval-ms"))) {
      args.add("--checkpoint-interval-ms=500");
    }
    return JobOptions.parse(args.toArray(new String[0]), Collections.emptyMap());
  }

  /** Submits the job as the main class does. */
  JobID submit(JobOptions options, String savepoint) throws Exception {
    CallweaveJob.prepare(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    CallweaveJob.build(env, options);
    return submit(env, savepoint);
  }

  /** Submits what was built, from a savepoint if one is given. */
  JobID submit(StreamExecutionEnvironment env, String savepoint) throws Exception {
    JobGraph job = env.getStreamGraph("callweave").getJobGraph();
    if (savepoint != null) {
      job.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(savepoint));
    }
    JobID id = client().submitJob(job).get();
    submitted.add(id);
    return id;
  }

  /** Stops a job with a savepoint, from which another goes on. */
  String stop(JobID job) throws Exception {
    Eventually.holds("the job runs", () -> status(job) == JobStatus.RUNNING);
    CompletableFuture<String> stopped = client().stopWithSavepoint(job, false, savepointFolder());
    String savepoint;
    try {
      savepoint = stopped.get(STOP_LIMIT_S, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return endStopped(job);
    }
    Eventually.holds("the job ends", () -> status(job) == JobStatus.FINISHED);
    return savepoint;
  }

  /**
   * Ends a job that Flink has not stopped although its savepoint is complete: a task of Flink 1.12
   * forgets that it is to end when it hears that an earlier checkpoint was aborted. There are no
   * checkpoints any more then, so nothing of what comes behind the savepoint is ever committed.
   */
  private String endStopped(JobID job) throws Exception {
    String savepoint;
    String begin = "savepoint-" + job.toString().substring(0, 6);
    try (Stream<Path> all = Files.list(folder.resolve("savepoints"))) {
      savepoint =
          all.filter(path -> path.getFileName().toString().startsWith(begin))
              .filter(path -> Files.exists(path.resolve("_metadata")))
              .findFirst()
              .orElseThrow(() -> new AssertionError("no savepoint within " + STOP_LIMIT_S + " s"))
              .toUri()
              .toString();
    }
    cancel(job);
    return savepoint;
  }

  /** Waits until the job has failed for good; the message of the root cause. */
  String failure(JobID job) throws Exception {
    Eventually.holds("the job has failed", () -> status(job) == JobStatus.FAILED);
    Throwable cause =
        client()
            .requestJobResult(job)
            .get()
            .getSerializedThrowable()
            .get()
            .deserializeError(getClass().getClassLoader());
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }

  /** Where a job is in its life. */
  JobStatus status(JobID job) throws Exception {
    return client().getJobStatus(job).get();
  }

  /** How often the tasks of a job were started again. */
  int restarts(JobID job) throws Exception {
    int most = 0;
    AccessExecutionGraph graph = flink.getMiniCluster().getExecutionGraph(job).get();
    for (AccessExecutionVertex task : graph.getAllExecutionVertices()) {
      most = Math.max(most, task.getCurrentExecutionAttempt().getAttemptNumber());
    }
    return most;
  }

  /** Cancels a job and waits until it is gone; fails if it had failed. */
  void cancel(JobID job) throws Exception {
    client().cancel(job).get();
    Eventually.holds("the job is cancelled", () -> status(job) == JobStatus.CANCELED);
  }

  /** What Flink's REST interface, from which its UI lives, answers to this path. */
  String page(String path) throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection) new URL(client().getWebInterfaceURL() + path).openConnection();
    try (InputStream in = connection.getInputStream();
        Scanner text = new Scanner(in, "UTF-8").useDelimiter("\\A")) {
      return text.hasNext() ? text.next() : "";
    }
  }

  private ClusterClient<?> client() {
    return flink.getClusterClient();
  }
}
