package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.callweave.nativelib.KernelException;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import java.nio.file.Path;
import java.util.Collections;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.apache.flink.streaming.api.operators.StreamSink;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetWritersTest {
  @TempDir Path folder;

  private FSDataOutputStream create(String name) throws Exception {
    org.apache.flink.core.fs.Path path =
        new org.apache.flink.core.fs.Path(folder.resolve(name).toUri());
    return FileSystem.getLocalFileSystem().create(path, WriteMode.NO_OVERWRITE);
  }

  private static ParquetWriters<String> writers(String output) {
    return new ParquetWriters<>(output, json -> json.getBytes(UTF_8));
  }

  @Test
  void aFileHasARowForEachRecordWithListsAndNumbersAsWhatTheyAre() throws Exception {
    try (ParquetWriters<String> writers = writers("links");
        FSDataOutputStream out = create("rows.parquet")) {
      BulkWriter<String> writer = writers.create(out);
      writer.addElement(
          "{\"id\":\"ü\",\"start_at_ms\":1000,\"latency_msec\":39.7,\"parents\":[\"a\",7],"
              + "\"children\":[],\"passed through\":{}}");
      writer.addElement("{\"id\":17,\"parents_omitted\":3}");
      writer.finish();
      assertThat(writers.unfinished()).isZero();
    }
    try (DuckDb duckDb = new DuckDb()) {
      String file = "read_parquet('" + folder.resolve("rows.parquet") + "')";
      assertThat(
              duckDb.rows(
                  "SELECT id, start_at_ms + 1, latency_msec * 2, parents[2], len(children),"
                      + " parents_omitted FROM "
                      + file))
          .containsExactly("ü,1001,79.4,7,0,null", "17,null,null,null,null,3");
      assertThat(duckDb.rows("SELECT column_name FROM (DESCRIBE SELECT * FROM " + file + ")"))
          .startsWith("id", "src_ip")
          .doesNotContain("passed through")
          .hasSize(10);
    }
  }

  @Test
  void filesThatAreLargerThanTheBufferAreWhole() throws Exception {
    try (ParquetWriters<String> writers = writers("rejects");
        FSDataOutputStream out = create("large.parquet")) {
      BulkWriter<String> writer = writers.create(out);
      for (int i = 0; i < 20_000; i++) {
        writer.addElement(
            "{\"reason\":\"late\",\"position\":" + i + ",\"value\":\"" + i * 7 + "\"}");
      }
      writer.finish();
    }
    try (DuckDb duckDb = new DuckDb()) {
      assertThat(
              duckDb.rows(
                  "SELECT count(*), sum(position), count(DISTINCT value) FROM read_parquet('"
                      + folder.resolve("large.parquet")
                      + "')"))
          .containsExactly("20000,199990000,20000");
    }
  }

  @Test
  void aRecordThatIsNoRowFailsWithTheNameOfItsField() throws Exception {
    try (ParquetWriters<String> writers = writers("edges");
        FSDataOutputStream out = create("wrong.parquet")) {
      BulkWriter<String> writer = writers.create(out);
      writer.addElement("{\"count\":\"many\"}");
      assertThatThrownBy(writer::finish)
          .isInstanceOf(KernelException.class)
          .hasMessageContaining("'count'");
    }
  }

  @Test
  void aSinkThatIsClosedLetsGoOfTheFilesThatItHasNotFinished() throws Exception {
    JobOptions options =
        JobOptions.parse(
            new String[] {"--sink=files", "--output=" + folder, "--file-format=parquet"},
            Collections.emptyMap());
    // As on its way to a TaskManager.
    ParquetSink<ResultRecord> sink =
        InstantiationUtil.clone(
            (ParquetSink<ResultRecord>) new FileSinks(options).results("links", "links"));
    OneInputStreamOperatorTestHarness<ResultRecord, Object> harness =
        new OneInputStreamOperatorTestHarness<>(new StreamSink<>(sink));
    harness.open();
    harness.processElement(record("{\"id\":1}", 0));
    harness.processElement(record("{\"id\":2}", 3_600_000));
    assertThat(sink.unfinished()).isEqualTo(2);
    assertThat(sink.nativeBytes()).isPositive();
    harness.snapshot(1, 1);
    assertThat(sink.unfinished()).isZero();
    assertThat(sink.nativeBytes()).isZero();
    harness.processElement(record("{\"id\":3}", 0));
    assertThat(sink.unfinished()).isEqualTo(1);
    harness.close();
    assertThat(sink.unfinished()).isZero();
  }

  private static StreamRecord<ResultRecord> record(String json, long atMs) {
    return new StreamRecord<>(new ResultRecord(new byte[0], json.getBytes(UTF_8)), atMs);
  }
}
