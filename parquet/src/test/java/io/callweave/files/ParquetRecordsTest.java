package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.core.fs.local.LocalFileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetRecordsTest {
  private static final int MOST_BYTES = 1_000_000;
  private static final int ROWS = 30_000;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void writeByDuckDb() throws Exception {
    file = folder.resolve("calls.parquet");
    try (DuckDb duckDb = new DuckDb()) {
      duckDb.run(
          String.format(
              "COPY (SELECT i AS start_at_ms, 'c' || i AS id, i / 4.0 AS latency_msec"
                  + " FROM range(%d) numbers(i)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 4096)",
              ROWS, file));
    }
  }

  private ParquetRecords open(long records, int mostBytes) throws IOException {
    return ParquetRecords.open(file.toUri().toString(), records, mostBytes, "/nowhere");
  }

  private static List<String> rest(FileRecords records) throws IOException {
    List<String> rest = new ArrayList<>();
    for (byte[] next = records.next(); next != null; next = records.next()) {
      rest.add(new String(next, UTF_8));
    }
    return rest;
  }

  @Test
  void everyRowIsARecordOfJsonAndReadingGoesOnBehindAnyOfThem() throws IOException {
    List<String> all;
    try (FileRecords records = open(0, MOST_BYTES)) {
      all = rest(records);
    }
    assertThat(all).hasSize(ROWS);
    assertThat(all.get(5)).isEqualTo("{\"start_at_ms\":5,\"id\":\"c5\",\"latency_msec\":1.25}");
    for (int read : Arrays.asList(1, 4_096, 17_001, ROWS - 1, ROWS)) {
      try (FileRecords records = open(read, MOST_BYTES)) {
        assertThat(rest(records)).isEqualTo(all.subList(read, ROWS));
      }
    }
  }

  @Test
  void ofALongRowTheFirstBytesAreRead() throws IOException {
    try (FileRecords records = open(5, 15)) {
      assertThat(records.next()).asString().isEqualTo("{\"start_at_ms\":");
      assertThat(records.next()).hasSize(15);
    }
  }

  @Test
  void aFileThatIsNotWholeOrHasFewerRowsThanWereReadIsDamaged() throws IOException {
    assertThatExceptionOfType(DamagedFileException.class)
        .isThrownBy(() -> open(ROWS + 1, MOST_BYTES))
        .withMessage("it has 30000 rows, and 30001 were read of it");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    assertThatExceptionOfType(DamagedFileException.class)
        .isThrownBy(() -> open(0, MOST_BYTES))
        .withMessageContaining("no whole Parquet file");
    // The footer is whole, what it tells of is not.
    Arrays.fill(whole, 10, whole.length / 2, (byte) 7);
    Files.write(file, whole);
    try (FileRecords damaged = open(0, MOST_BYTES)) {
      assertThatExceptionOfType(DamagedFileException.class)
          .isThrownBy(() -> rest(damaged))
          .withMessageContaining("cannot be read");
    }
    Files.delete(file);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> open(0, MOST_BYTES))
        .withMessageContaining("calls.parquet cannot be opened: No such file")
        .isNotInstanceOf(DamagedFileException.class);
  }

  @Test
  void ofAFileThatIsNotOnALocalDiskACopyIsReadWhichIsDeletedOnceItIsOpen() throws IOException {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    LocalFileSystem elsewhere =
        new LocalFileSystem() {
          @Override
          public boolean isDistributedFS() {
            return true;
          }
        };
    try (FileRecords records =
        ParquetRecords.open(
            elsewhere,
            new org.apache.flink.core.fs.Path(file.toUri()),
            ROWS - 2,
            MOST_BYTES,
            temporary.toString())) {
      assertThat(temporary).isEmptyDirectory();
      Files.delete(file);
      assertThat(rest(records)).hasSize(2);
    }
  }

  @Test
  void moreFilesThanAreHeldOpenAreReadBesideEachOther() throws IOException {
    List<FileState> files = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Path copy = Files.copy(file, folder.resolve(i + ".parquet"));
      files.add(new FileState(copy.toUri().toString(), 0, 0, i));
    }
    try (OpenFiles open = new OpenFiles(MOST_BYTES, "/nowhere")) {
      for (int row = 0; row < 3; row++) {
        for (FileState state : files) {
          assertThat(open.of(state).next()).asString().contains("\"id\":\"c" + row + "\"");
          state.records++;
        }
      }
    }
  }
}
