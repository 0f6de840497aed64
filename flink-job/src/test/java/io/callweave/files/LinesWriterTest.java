package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.FileSystem.WriteMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinesWriterTest {
  @TempDir Path folder;

  @Test
  void everyFileOfCsvBeginsWithItsHeader() throws Exception {
    Path file = folder.resolve("rows.csv");
    org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(file.toUri());
    LineFormat<String> rows = CsvRows.of("rejects", json -> json.getBytes(UTF_8));
    try (FSDataOutputStream out =
        FileSystem.getLocalFileSystem().create(path, WriteMode.NO_OVERWRITE)) {
      BulkWriter<String> writer = LinesWriter.factory(rows, "csv").create(out);
      writer.addElement("{\"reason\":\"late\",\"split\":3}");
      writer.finish();
    }
    assertThat(WrittenFiles.lines(file))
        .containsExactly("reason,detail,source,split,position,value,value_base64", "late,,,3,,,");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jsonl", "jsonl.gz", "jsonl.zst"})
  void aFileHasALineForEachRecordAndIsCompressedAsItIsCalled(String ending) throws Exception {
    Path file = folder.resolve("lines." + ending);
    org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(file.toUri());
    try (FSDataOutputStream out =
        FileSystem.getLocalFileSystem().create(path, WriteMode.NO_OVERWRITE)) {
      BulkWriter<String> writer =
          LinesWriter.<String>factory(line -> line.getBytes(UTF_8), ending).create(out);
      writer.addElement("a");
      writer.addElement("");
      writer.addElement("ü");
      writer.finish();
      // As Flink does it: the file is closed by whoever has opened it.
      out.sync();
    }
    assertThat(Files.size(file)).isPositive();
    assertThat(WrittenFiles.lines(file)).isEqualTo(Arrays.asList("a", "", "ü"));
  }
}
