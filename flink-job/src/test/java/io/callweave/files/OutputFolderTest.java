package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  @TempDir Path folder;

  private static void prepare(String output) {
    String[] args = {"--sink=files", "--output=" + output};
    OutputFolder.prepare(JobOptions.parse(args, Collections.emptyMap()));
  }

  private static ThrowableAssertAlternative<OptionsException> assertRefused(String output) {
    return assertThatExceptionOfType(OptionsException.class).isThrownBy(() -> prepare(output));
  }

  @Test
  void aMissingFolderIsMadeAndNothingIsLeftInIt() {
    Path output = folder.resolve("new/deep");
    prepare(output.toString());
    assertThat(output).isEmptyDirectory();
  }

  @Test
  void aFileIsNoFolder() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertRefused(file.toString()).withMessageContaining("is a file; a folder is wanted");
    assertRefused(file.resolve("below").toString()).withMessageContaining("cannot be written");
  }

  @Test
  void aSchemeWithoutFileSystemIsNamedWithItsCure() {
    assertRefused("s3://bucket/folder")
        .withMessageContaining("--output s3://bucket/folder wants a file system for s3:")
        .withMessageContaining("flink-s3-fs-hadoop");
  }
}
