package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a submission to a cluster comes to: where checkpoints are written, what the user is told.
 */
class ClusterSubmissionIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  private static final Pattern JOB_ID = Pattern.compile("[0-9a-f]{32}");

  @TempDir static Path folder;
  private static StandaloneFlink flink;
  private static Path jar;

  @BeforeAll
  static void start() throws Exception {
    jar = jar();
    flink = new StandaloneFlink(folder, "state.checkpoints.dir: " + uri("clusters"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (flink != null) {
      flink.close();
    }
  }

  @Test
  void theClustersFolderIsTakenWhereTheClientHasNone() throws Exception {
    assertCheckpointsIn("clusters", flink.flink(run("clusters-folder")));
  }

  @Test
  void theClustersFolderIsTakenOverRest() throws Exception {
    String[] arguments = arguments("over-rest").toArray(new String[0]);
    assertCheckpointsIn("clusters", flink.runOverRest(jar, arguments));
  }

  @Test
  void aFolderOfTheSubmissionGoesBeforeTheClusters() throws Exception {
    String[] command = run("submissions-folder", "-Dstate.checkpoints.dir=" + uri("submissions"));
    assertCheckpointsIn("submissions", flink.flink(command));
  }

  @Test
  void theJobsOptionGoesBeforeBoth() throws Exception {
    List<String> command =
        new ArrayList<>(
            Arrays.asList(run("options-folder", "-Dstate.checkpoints.dir=" + uri("not-this"))));
    command.add("--checkpoint-dir=" + uri("options"));
    assertCheckpointsIn("options", flink.flink(command.toArray(new String[0])));
  }

  @Test
  void theClientPrintsThatOptionsDoNotGoTogether() throws Exception {
    List<String> command = new ArrayList<>(Arrays.asList(run("warning")));
    command.add("--max-latency-ms=60000");
    assertThat(flink.flink(command.toArray(new String[0])))
        .contains("callweave: warning: --max-latency-ms 60000 is above --max-out-of-order-ms");
  }

  /** The command line that submits a job with topics of this name. */
  private static String[] run(String name, String... ofFlink) {
    List<String> command = new ArrayList<>(Arrays.asList("run", "-d"));
    command.addAll(Arrays.asList(ofFlink));
    command.add(jar.toString());
    command.addAll(arguments(name));
    return command.toArray(new String[0]);
  }

  private static List<String> arguments(String name) {
    PARTS.topics().createTopic(name, 1);
    return Arrays.asList(
        "--bootstrap=" + PARTS.broker().bootstrap(),
        "--input-topic=" + name,
        "--output-topic=" + name + "-linked",
        "--rejects-topic=" + name + "-rejected",
        "--group-id=" + name,
        "--parallelism=1",
        "--checkpoint-interval-ms=500");
  }

  private static String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  /** Waits for a checkpoint, of the job that the client or REST said it has submitted. */
  private static void assertCheckpointsIn(String name, String answer) throws Exception {
    Matcher job = JOB_ID.matcher(answer);
    assertThat(job.find()).as(answer).isTrue();
    Path ofJob = folder.resolve(name).resolve(job.group());
    Eventually.holds("a checkpoint is complete in " + ofJob, () -> hasCheckpoint(ofJob));
  }

  private static boolean hasCheckpoint(Path ofJob) throws IOException {
    try (Stream<Path> files = Files.walk(ofJob)) {
      return files.anyMatch(file -> file.endsWith("_metadata"));
    } catch (NoSuchFileException notYet) {
      return false;
    } catch (UncheckedIOException deletedMeanwhile) {
      return false;
    }
  }

  private static Path jar() throws IOException {
    try (Stream<Path> files = Files.list(Paths.get("target"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("callweave-[0-9.]+\\.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("the build left no jar in target"));
    }
  }
}
