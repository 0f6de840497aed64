package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.files.DuckDb;
import io.callweave.files.WrittenFiles;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** From Kafka to Parquet files, read by DuckDB, and from those that DuckDB writes. */
class ParquetFilesIT {
  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  /** 22:13:20 of an hour of UTC, so that calls of the second half belong to the next one. */
  private static final long START_MS = 1_700_000_000_000L;

  @TempDir Path folder;

  @Test
  void parquetHasTheRowsThatJsonLinesHaveAndDuckDbReadsBoth() throws Exception {
    List<Call> calls = Calls.from(START_MS + 20 * 60_000, Calls.random(11, 4_000, 25, 700));
    for (String topic : Arrays.asList("to-jsonl", "to-parquet")) {
      JobTopics topics = new JobTopics(PARTS.topics(), topic, 3);
      topics.write(calls);
      topics.write(0, "no call".getBytes(UTF_8));
      topics.goOnTo(START_MS + 3_600_000 + 20 * 60_000);
    }
    JobID jsonl = submitFiles("to-jsonl", "jsonl");
    JobID parquet = submitFiles("to-parquet", "parquet");
    try (DuckDb duckDb = new DuckDb()) {
      for (String format : Arrays.asList("jsonl", "parquet")) {
        Eventually.holds(
            "all calls are in links of " + format,
            () -> duckDb.number("SELECT count(*) FROM " + rows(format, "links")) >= calls.size());
        Eventually.holds(
            "all calls are in chains of " + format,
            () ->
                duckDb.number("SELECT sum(calls) FROM " + rows(format, "chains")) >= calls.size());
        Eventually.holds(
            "windows of chains of " + format + " have all calls",
            () ->
                duckDb.number(
                        "SELECT sum(count) FROM "
                            + rows(format, "edges")
                            + " WHERE kind = 'service'")
                    >= calls.size());
        Eventually.holds(
            "the reject is in " + format,
            () -> duckDb.number("SELECT count(*) FROM " + rows(format, "rejects")) > 0);
      }
      PARTS.cancel(jsonl);
      PARTS.cancel(parquet);
      assertSame(
          duckDb,
          "links",
          "id, src_ip, dst_ip, start_at_ms, latency_msec, end_at_ms, parents, children, hour");
      assertSame(
          duckDb,
          "chains",
          "chain, trace_id, total_msec, calls, confidence, critical_path, hour,"
              + " list_transform(hops, hop -> [hop.id, hop.parent, hop.src, hop.self_msec::VARCHAR])");
      assertSame(
          duckDb,
          "edges",
          "kind, src, dst, entry, service, window_start_ms, count, mean_msec, p99_msec, exemplars,"
              + " mean_depth, critical_share, hour");
      assertSame(duckDb, "rejects", "reason, detail, split, position, value");
      assertThat(duckDb.number("SELECT count(*) FROM " + rows("parquet", "links")))
          .isEqualTo(calls.size());
    }
  }

  /** Begins a job that writes all outputs of a topic to a folder of this format. */
  private JobID submitFiles(String topic, String format) throws Exception {
    return PARTS.submit(
        PARTS.options(
            topic,
            "--partition-idle-ms=1000",
            "--max-future-skew-ms=86400000",
            "--sink=files",
            "--outputs=links,chains,edges",
            "--output=" + folder.resolve(format),
            "--file-format=" + format,
            "--idle-flush-ms=86400000",
            "--parallelism=2"),
        null);
  }

  /** What DuckDB reads an output by; no rows where there is no file yet. */
  private String rows(String format, String output) throws IOException {
    Path files = folder.resolve(format).resolve(output);
    if (WrittenFiles.visible(files).isEmpty()) {
      return "(SELECT NULL::VARCHAR kind, NULL::BIGINT calls, NULL::BIGINT count WHERE false)";
    }
    String read = format.equals("jsonl") ? "read_json" : "read_parquet";
    // Each hour may have fields that others have not.
    return String.format(
        "%s('%s/**/*.%s', hive_partitioning = true, union_by_name = true)", read, files, format);
  }

  /** Asserts that both formats have the same rows, however often. */
  private void assertSame(DuckDb duckDb, String output, String columns) throws Exception {
    String jsonl = "(SELECT " + columns + " FROM " + rows("jsonl", output) + ")";
    String parquet = "(SELECT " + columns + " FROM " + rows("parquet", output) + ")";
    assertThat(duckDb.rows("FROM " + jsonl + " EXCEPT ALL FROM " + parquet)).as(output).isEmpty();
    assertThat(duckDb.rows("FROM " + parquet + " EXCEPT ALL FROM " + jsonl)).as(output).isEmpty();
    assertThat(duckDb.number("SELECT count(*) FROM " + parquet)).as(output).isPositive();
  }

  @Test
  void parquetOfAnyProgramIsReadToItsEndAndFromASavepointOn() throws Exception {
    List<Call> calls = Calls.from(START_MS, Calls.random(27, 6_000, 25, 50));
    write("1.parquet", calls.subList(0, 3_000));
    String[] watched = {
      "--source=files",
      "--input=" + folder.resolve("in"),
      "--outputs=links",
      "--sink=files",
      "--output=" + folder.resolve("out"),
      "--watch",
      "--idle-flush-ms=86400000",
      "--parallelism=2"
    };
    JobID job = PARTS.submit(PARTS.options("parquet-source", watched), null);
    Eventually.holds("some calls are linked", () -> links().size() >= 500);
    String savepoint = PARTS.stop(job);
    write("2.parquet", calls.subList(3_000, 6_000));
    watched[6] = "--idle-flush-ms=2000";
    JobID on = PARTS.submit(PARTS.options("parquet-source", watched), savepoint);
    Eventually.holds("all calls are linked", () -> links().size() >= calls.size());
    PARTS.cancel(on);
    assertThat(links()).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(WrittenFiles.visible(folder.resolve("out/rejects"))).isEmpty();
  }

  private List<String> links() throws IOException {
    return WrittenFiles.sortedLines(folder.resolve("out/links"));
  }

  /** Has DuckDB write calls under another name, which is then changed. */
  private void write(String name, List<Call> calls) throws Exception {
    Path in = Files.createDirectories(folder.resolve("in"));
    Path json = folder.resolve(name + ".jsonl");
    Files.write(json, calls.stream().map(Call::toString).collect(Collectors.toList()));
    try (DuckDb duckDb = new DuckDb()) {
      duckDb.run(
          String.format(
              "COPY (FROM read_json('%s')) TO '%s' (FORMAT parquet)",
              json, in.resolve("." + name)));
    }
    Files.move(in.resolve("." + name), in.resolve(name));
  }
}
