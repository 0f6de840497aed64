package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextRecordsTest {
  private static final int MOST_BYTES = 1_000_000;

  @TempDir Path folder;

  private String file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes).toUri().toString();
  }

  private static byte[] compressed(String name, String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    OutputStream out =
        name.endsWith(".gz")
            ? new GZIPOutputStream(bytes)
            : name.endsWith(".zst") ? new ZstdOutputStream(bytes) : bytes;
    out.write(text.getBytes(UTF_8));
    out.close();
    return bytes.toByteArray();
  }

  private static List<String> rest(String path, long bytes, int mostBytes) throws IOException {
    List<String> records = new ArrayList<>();
    try (TextRecords file = TextRecords.open(path, bytes, mostBytes)) {
      for (byte[] next = file.next(); next != null; next = file.next()) {
        records.add(new String(next, UTF_8));
      }
    }
    return records;
  }

  private List<String> records(String name, String text) throws IOException {
    return rest(file(name, compressed(name, text)), 0, MOST_BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a"})
  void everyLineIsARecordWithAnyEnd(String name) throws IOException {
    assertThat(records(name, "a\r\n\nü\nlast")).containsExactly("a", "", "ü", "last");
    assertThat(records(name, "a\n")).containsExactly("a");
    assertThat(records(name, "")).isEmpty();
  }

  @Test
  void theMembersOfACompressedFileAreOneFile() throws IOException {
    for (String name : Arrays.asList("a.gz", "a.zst")) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.write(compressed(name, "a\nb"));
      both.write(compressed(name, "c\nd\n"));
      String path = file(name, both.toByteArray());
      assertThat(rest(path, 0, MOST_BYTES)).as(name).containsExactly("a", "bc", "d");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.jsonl", "a.gz", "a.zst", "a.csv", "a.csv.gz"})
  void readingGoesOnBehindAnyRecord(String name) throws IOException {
    StringBuilder text = new StringBuilder("id,more\n");
    for (int i = 0; i < 20_000; i++) {
      text.append(i).append(",\"x\ny\"\n");
    }
    String path = file(name, compressed(name, text.toString()));
    List<String> all = rest(path, 0, MOST_BYTES);
    try (TextRecords records = TextRecords.open(path, 0, MOST_BYTES)) {
      for (int read = 0; read <= all.size(); read++) {
        if (read % 4_999 == 0) {
          assertThat(rest(path, records.bytes(), MOST_BYTES))
              .isEqualTo(all.subList(read, all.size()));
        }
        records.next();
      }
    }
  }

  @Test
  void ofALineThatIsTooLongTheFirstBytesAreKept() throws IOException {
    String longLine = String.join("", Collections.nCopies(200_000, "0123456789"));
    String path = file("a", (longLine + "\nnext\n").getBytes(UTF_8));
    assertThat(rest(path, 0, 15)).containsExactly("012345678901234", "next");
    assertThat(rest(path, longLine.length() + 1, 15)).containsExactly("next");
  }

  @Test
  void aRowOfCsvIsTheJsonOfItsColumns() throws IOException {
    assertThat(
            records(
                "a.csv",
                "\uFEFFid,src_ip,\"a \"\"b\"\"\"\r\n"
                    + "1,10.0.0.1,\r\n"
                    + "\"2,3\",\"\",\"x\ny\"\n"
                    + "4,5\n"
                    + "\"a \\ \"\"b\"\"\",ü,7"))
        .containsExactly(
            "{\"id\":\"1\",\"src_ip\":\"10.0.0.1\",\"a \\\"b\\\"\":null}",
            "{\"id\":\"2,3\",\"src_ip\":\"\",\"a \\\"b\\\"\":\"x\\u000ay\"}",
            // No row of these columns: Route rejects it.
            "4,5",
            "{\"id\":\"a \\\\ \\\"b\\\"\",\"src_ip\":\"ü\",\"a \\\"b\\\"\":\"7\"}");
  }

  @Test
  void aFileThatIsNotWholeIsNotReadAsIfItWere() throws IOException {
    byte[] whole = compressed("a.gz", String.join("\n", Collections.nCopies(1_000, "some line")));
    String path = file("a.gz", Arrays.copyOf(whole, whole.length - 9));
    assertThatExceptionOfType(EOFException.class).isThrownBy(() -> rest(path, 0, MOST_BYTES));
    assertThatExceptionOfType(EOFException.class)
        .isThrownBy(() -> rest(file("b.gz", compressed("b.gz", "ab")), 3, MOST_BYTES));
  }
}
