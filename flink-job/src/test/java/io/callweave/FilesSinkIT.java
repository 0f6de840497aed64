package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.files.WrittenFiles;
import io.callweave.options.JobOptions;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** From Kafka to files. */
class FilesSinkIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** 22:13:20 of an hour of UTC, so that calls of the second half belong to the next one. */
  private static final long START_MS = 1_700_000_000_000L;

  @TempDir Path folder;

  private JobOptions options(String name, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(more));
    if (all.stream().noneMatch(option -> option.startsWith("--output="))) {
      all.add("--output=" + folder);
    }
    all.add("--partition-idle-ms=1000");
    all.add("--max-future-skew-ms=86400000");
    return PARTS.options(name, all.toArray(new String[0]));
  }

  private List<String> lines(String output) throws IOException {
    return WrittenFiles.sortedLines(folder.resolve(output));
  }

  @Test
  void everyOutputIsInFilesByTheHourAndNoTopicIsMade() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "to-files", 3);
    // 47 minutes, over the end of an hour.
    List<Call> calls = Calls.from(START_MS + 20 * 60_000, Calls.random(7, 4_000, 25, 700));
    topics.write(calls);
    topics.write(0, "no call".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    topics.flush();
    JobID job =
        PARTS.submit(
            options(
                "to-files",
                "--sink=files",
                "--outputs=links,chains,edges",
                "--file-format=jsonl.gz",
                "--idle-flush-ms=2000",
                "--parallelism=2"),
            null);
    Eventually.holds("all calls are written", () -> lines("links").size() >= calls.size());
    Eventually.holds("the reject is written", () -> !lines("rejects").isEmpty());
    Eventually.holds(
        "windows of chains are written",
        () -> lines("edges").stream().anyMatch(line -> line.contains("\"kind\":\"service\"")));
    PARTS.cancel(job);
    assertThat(lines("links")).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(lines("rejects")).hasSize(1);
    assertThat(lines("rejects").get(0))
        .contains("\"source\":\"to-files\"")
        .endsWith("\"value\":\"no call\"}");
    assertThat(lines("chains")).isNotEmpty();
    assertThat(hours("links"))
        .containsExactly("date=2023-11-14/hour=22", "date=2023-11-14/hour=23");
    assertThat(hours("edges"))
        .containsExactly("date=2023-11-14/hour=22", "date=2023-11-14/hour=23");
    for (String topic : Arrays.asList("linked", "chains", "edges", "rejected")) {
      assertThat(PARTS.topics().exists("to-files-" + topic)).as(topic).isFalse();
    }
  }

  private List<String> hours(String output) throws IOException {
    Path outputs = folder.resolve(output);
    return WrittenFiles.visible(outputs).stream()
        .map(file -> outputs.relativize(file.getParent()).toString())
        .distinct()
        .collect(Collectors.toList());
  }

  @Test
  void aJobThatGoesOnFromASavepointOrBeginsAnewReplacesNoFile() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "files-go-on", 3);
    List<Call> calls = Calls.from(START_MS, Calls.random(9, 6_000, 25, 12));
    topics.write(calls.subList(0, 3_000));
    JobID two =
        PARTS.submit(
            options(
                "files-go-on",
                "--sink=files,rejects=print",
                "--outputs=links",
                "--idle-flush-ms=86400000",
                "--parallelism=2"),
            null);
    Eventually.holds("some calls are written", () -> lines("links").size() >= 200);
    String savepoint = PARTS.stop(two);
    List<Path> first = WrittenFiles.visible(folder.resolve("links"));
    topics.write(calls.subList(3_000, calls.size()));
    topics.goOnTo(START_MS + 300_000);
    JobID three =
        PARTS.submit(
            options(
                "files-go-on",
                "--sink=files,rejects=print",
                "--outputs=links",
                "--idle-flush-ms=86400000",
                "--parallelism=3"),
            savepoint);
    Eventually.holds("all calls are written", () -> lines("links").size() >= calls.size());
    PARTS.cancel(three);
    assertThat(lines("links")).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(WrittenFiles.visible(folder.resolve("links"))).containsAll(first);
    assertThat(Files.exists(folder.resolve("rejects"))).isFalse();

    List<Call> later = Calls.from(START_MS + 3_600_000, Calls.random(10, 1_000, 25, 12));
    topics.write(later);
    topics.goOnTo(START_MS + 3_900_000);
    JobID anew =
        PARTS.submit(
            options(
                "files-go-on",
                "--sink=files,rejects=print",
                "--outputs=links",
                "--idle-flush-ms=86400000",
                "--parallelism=2"),
            null);
    Eventually.holds(
        "the later calls are written, too",
        () -> lines("links").size() >= calls.size() + later.size());
    PARTS.cancel(anew);
    assertThat(WrittenFiles.visible(folder.resolve("links"))).containsAll(first);
  }
}
