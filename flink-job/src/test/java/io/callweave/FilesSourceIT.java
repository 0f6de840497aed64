package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.files.FileInput;
import io.callweave.files.WrittenFiles;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** From files to files, and to Kafka. */
class FilesSourceIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static final long START_MS = 1_700_000_000_000L;

  @TempDir Path folder;

  private JobOptions options(String name, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--source=files");
    all.add("--input=" + folder.resolve("in"));
    if (all.stream().noneMatch(option -> option.startsWith("--outputs="))) {
      all.add("--outputs=links");
    }
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private String toFiles() {
    return "--output=" + folder.resolve("out");
  }

  private List<String> lines(String output) throws IOException {
    return WrittenFiles.sortedLines(folder.resolve("out").resolve(output));
  }

  /** Writes a file as a whole: under another name, which it then changes. */
  private void write(String name, List<Call> calls) throws IOException {
    Path file = folder.resolve("in").resolve(name);
    Files.createDirectories(file.getParent());
    Path hidden = file.resolveSibling("." + file.getFileName());
    try (OutputStream plain = Files.newOutputStream(hidden);
        OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(plain) : plain) {
      if (name.contains(".csv")) {
        out.write("id,src_ip,dst_ip,start_at_ms,end_at_ms,latency_msec\n".getBytes(UTF_8));
      }
      for (Call call : calls) {
        out.write(name.contains(".csv") ? csv(call) : call.json());
        out.write('\n');
      }
    }
    Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static byte[] csv(Call call) {
    String json = call.toString();
    return String.join(
            ",",
            field(json, "id"),
            field(json, "src_ip"),
            field(json, "dst_ip"),
            Long.toString(call.startMs()),
            Long.toString(call.endMs()),
            "")
        .getBytes(UTF_8);
  }

  private static String field(String json, String name) {
    return json.replaceFirst(".*\"" + name + "\":\"([^\"]*)\".*", "$1");
  }

  private static void awaitEnd(JobID job) throws Exception {
    Eventually.holds("the job ends", () -> PARTS.status(job).isGloballyTerminalState());
    assertThat(PARTS.status(job)).isEqualTo(JobStatus.FINISHED);
  }

  /** Every third call, and so on: files that were written beside each other. */
  private static List<Call> share(List<Call> calls, int of, int shares) {
    List<Call> share = new ArrayList<>();
    for (int i = of; i < calls.size(); i += shares) {
      share.add(calls.get(i));
    }
    return share;
  }

  @Test
  void filesThatFollowEachOtherAndFilesBesideEachOtherAreReadToTheEndAndTheJobEnds()
      throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(21, 9_000, 25, 500));
    List<Call> first = calls.subList(0, 3_000);
    for (int share = 0; share < 3; share++) {
      write("beside/" + share + ".jsonl.gz", share(first, share, 3));
    }
    // The order of names is not that of times.
    write("follow/b.csv", calls.subList(3_000, 6_000));
    write("follow/a.csv.gz", calls.subList(6_000, 9_000));
    write("empty.jsonl", new ArrayList<>());
    Files.write(folder.resolve("in/broken.jsonl"), "no call\n".getBytes(UTF_8));
    awaitEnd(PARTS.submit(options("files", "--sink=files", toFiles(), "--parallelism=2"), null));
    assertThat(lines("rejects")).hasSize(1);
    assertThat(lines("rejects").get(0))
        .contains("broken.jsonl\"")
        .contains("\"position\":0,\"value\":\"no call\"");
    assertThat(lines("links")).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void whatIsReadFromFilesIsInTheTopicsWhenTheJobHasEnded() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(23, 3_000, 25, 50));
    write("calls.jsonl", calls);
    awaitEnd(PARTS.submit(options("files-to-kafka", "--parallelism=2"), null));
    List<String> linked = new ArrayList<>();
    PARTS
        .topics()
        .readCommitted("files-to-kafka-linked")
        .forEach(record -> linked.add(new String(record.value(), UTF_8)));
    Collections.sort(linked);
    assertThat(linked).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  @Test
  void aTaskThatFailsInTheMiddleChangesNothingInTheFiles() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(25, 15_000, 40, 50));
    for (int share = 0; share < 4; share++) {
      write(share + ".jsonl.gz", share(calls, share, 4));
    }
    JobOptions options =
        options(
            "files-fail",
            "--outputs=links,chains",
            "--sink=files",
            toFiles(),
            "--parallelism=2",
            "--checkpoint-interval-ms=100");
    CallweaveJob.prepare(options);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    JobOutputs files = JobOutputs.of(options);
    JobOutputs outputs =
        new JobOutputs(
            files.links,
            new FailingOnce(),
            files.edges,
            files.entries,
            files.alerts,
            files.entryAlerts,
            files.spans,
            files.rejects);
    new JobTopology(new FileInput(options), outputs).build(env, options);
    awaitEnd(PARTS.submit(env, null));
    assertThat(FailingOnce.FAILED).isTrue();
    assertThat(lines("links")).isEqualTo(NaiveLinks.of(calls, 1000));
  }

  /**
   * A sink beside the one that is looked at: slow until it throws, once, when two checkpoints are
   * complete. Without them no job over files ends, so it throws in any case.
   */
  private static final class FailingOnce implements SinkFunction<ResultRecord>, CheckpointListener {
    private static final long serialVersionUID = 1L;
    static final AtomicBoolean FAILED = new AtomicBoolean();
    static final AtomicInteger CHECKPOINTS = new AtomicInteger();

    @Override
    public void invoke(ResultRecord record, Context context) throws Exception {
      if (!FAILED.get()) {
        Thread.sleep(1);
      }
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
      if (CHECKPOINTS.incrementAndGet() >= 4 && FAILED.compareAndSet(false, true)) {
        throw new IllegalStateException("the test wants a failure here");
      }
    }
  }

  @Test
  void aWatchedFolderIsReadOnUntilTheJobIsStoppedAndFromThereOn() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(27, 6_000, 25, 50));
    write("1.jsonl", calls.subList(0, 3_000));
    String[] watched = {
      "--sink=files", toFiles(), "--watch", "--idle-flush-ms=86400000", "--parallelism=2"
    };
    JobID job = PARTS.submit(options("files-watch", watched), null);
    Eventually.holds("some calls are linked", () -> lines("links").size() >= 500);
    write("2.jsonl.gz", calls.subList(3_000, 4_500));
    Eventually.holds("more calls are linked", () -> lines("links").size() >= 3_000);
    String savepoint = PARTS.stop(job);
    write("3.csv", calls.subList(4_500, 6_000));
    watched[3] = "--idle-flush-ms=2000";
    JobID on = PARTS.submit(options("files-watch", watched), savepoint);
    Eventually.holds("all calls are linked", () -> lines("links").size() >= calls.size());
    PARTS.cancel(on);
    assertThat(lines("links")).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(lines("rejects")).isEmpty();
  }
}
