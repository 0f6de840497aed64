package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without the jar for Parquet, which these tests do not have. */
class ParquetJarTest {
  @TempDir Path folder;

  @Test
  void aJobThatWouldWriteParquetIsRefusedWhereItIsSubmitted() {
    JobOptions parquet =
        JobOptions.parse(
            new String[] {"--sink=files", "--output=/tmp/o", "--file-format=parquet"},
            Collections.emptyMap());
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> new FileSinks(parquet))
        .withMessageContaining("the jar callweave-parquet,")
        .withMessageEndingWith("callweave.jar --file-format parquet");
  }

  @Test
  void aJobThatWouldReadParquetIsRefusedWhereItIsSubmittedAndFailsWhereOnlyThatMachineHasTheJar()
      throws IOException {
    Path file = Files.createFile(folder.resolve("x.parquet"));
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> new InputFiles(file.toUri().toString()).check(true))
        .withMessageContaining("x.parquet wants the jar callweave-parquet,");
    FileState state = new FileState(file.toUri().toString(), 0, 0, 0);
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> FileRecords.open(state, 100, folder.toString()))
        .withMessageContaining("x.parquet wants the jar callweave-parquet,");
  }

  @Test
  void whereFilesComeLaterThoseOfParquetAreLeftOutByAJobThatWasSubmittedWithoutTheJar() {
    InputFiles files = new InputFiles(folder.toUri().toString());
    assertThat(files.leavesOut("x.parquet")).isTrue();
    assertThat(files.leavesOut("x.orc")).isTrue();
    assertThat(files.leavesOut("x.csv")).isFalse();
  }
}
