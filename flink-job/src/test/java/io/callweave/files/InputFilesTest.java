package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.OptionsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFilesTest {
  @TempDir Path folder;

  @BeforeEach
  void makeFiles() throws IOException {
    for (String file :
        new String[] {
          "b.jsonl",
          "a.jsonl.gz",
          "deep/er/c.csv",
          "deep/d.jsonl",
          ".hidden",
          "_SUCCESS",
          "_temporary/e.jsonl",
          "with blank/f.jsonl"
        }) {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.createFile(path);
    }
  }

  private InputFiles input(String below) {
    return new InputFiles("file:" + folder + below);
  }

  private List<String> listed(String below) throws IOException {
    return input(below).list().stream()
        .map(file -> folder.relativize(java.nio.file.Paths.get(file.getPath().getPath())))
        .map(Path::toString)
        .collect(Collectors.toList());
  }

  @Test
  void allFilesBelowAFolderAreReadButForThoseThatOthersStillWrite() throws IOException {
    String[] all = {"a.jsonl.gz", "b.jsonl", "deep/d.jsonl", "deep/er/c.csv", "with blank/f.jsonl"};
    assertThat(listed("")).containsExactly(all);
    assertThat(listed("/")).containsExactly(all);
  }

  @Test
  void aFileIsReadAlone() throws IOException {
    assertThat(listed("/deep/d.jsonl")).containsExactly("deep/d.jsonl");
  }

  @Test
  void aPatternFitsNamesOrPaths() throws IOException {
    assertThat(listed("/*.jsonl*")).containsExactly("a.jsonl.gz", "b.jsonl");
    assertThat(listed("/**/*.{csv,jsonl}"))
        .containsExactly("deep/d.jsonl", "deep/er/c.csv", "with blank/f.jsonl");
    assertThat(listed("/de?p/*")).containsExactly("deep/d.jsonl");
    assertThat(listed("/nothing*")).isEmpty();
  }

  private ThrowableAssertAlternative<OptionsException> assertRefused(String below) {
    return assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> input(below).check(true));
  }

  @Test
  void whatIsNotThereIsNamedBeforeTheJobRuns() {
    assertRefused("/nowhere").withMessageContaining("there is no file:" + folder + "/nowhere");
    assertRefused("/nothing*").withMessageContaining("--watch waits");
    assertThatCode(() -> input("/nothing*").check(false)).doesNotThrowAnyException();
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> new InputFiles("s3://bucket/in").check(true))
        .withMessageContaining("--input s3://bucket/in wants a file system for s3:");
  }

  @Test
  void aFileThatHasNoLinesIsNamedBeforeTheJobRuns() throws IOException {
    Files.createFile(folder.resolve("x.orc"));
    assertRefused("").withMessageContaining("x.orc").withMessageContaining("pattern");
  }
}
