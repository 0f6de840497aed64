package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A JVM whose temp folder is a file system of its own that does not do for a library. It is mounted
 * where only that JVM sees it, which needs the rights of root.
 */
class NativeLibraryMountTest {
  private static final int LIMIT_S = 60;

  /** Prints what loading the library comes to, as a TaskManager would log it. */
  public static final class Load {
    private Load() {}

    public static void main(String[] args) {
      try {
        NativeLibrary.load();
        System.out.println("loaded");
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @TempDir Path folder;
  private Path mounted;
  private Path good;

  @BeforeEach
  void makeFolders() throws Exception {
    mounted = Files.createDirectory(folder.resolve("mounted"));
    good = Files.createDirectory(folder.resolve("good"));
    assumeTrue(
        outputOf(mount("size=64k") + " && echo mounted").endsWith("mounted\n"),
        "skipped: mounting a file system is not permitted here");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "noexec, is mounted noexec, failed to map segment",
    "ro, is mounted read-only, Read-only file system",
    "size=64k, is on a full disk, No space left on device",
  })
  void aTempFolderThatDoesNotDoIsNamedWithItsFaultAndTheCure(
      String options, String fault, String error) throws Exception {
    assertThat(outputOf(mount(options) + " && " + load("")))
        .startsWith("The native library of callweave could not be loaded: the folder of its copy, ")
        .contains(mounted + ", " + fault)
        .contains("the system property callweave.native.dir")
        .contains("the environment variable CALLWEAVE_NATIVE_DIR")
        .contains(error);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"noexec", "ro", "size=64k"})
  void anotherFolderThatIsNamedIsTakenInstead(String options) throws Exception {
    String property = "-Dcallweave.native.dir=" + good;
    assertThat(outputOf(mount(options) + " && " + load(property))).isEqualTo("loaded\n");
    String variable = " && export CALLWEAVE_NATIVE_DIR=" + good + " && ";
    assertThat(outputOf(mount(options) + variable + load(""))).isEqualTo("loaded\n");
    assertThat(good).isEmptyDirectory();
  }

  @Test
  void aCopyThatWasCutShortIsRemoved() throws Exception {
    String left = " > /dev/null; ls -A '" + mounted + "'";
    assertThat(outputOf(mount("size=64k") + " && " + load("") + left)).isEmpty();
  }

  private String mount(String options) {
    return String.format("mount -t tmpfs -o %s tmpfs '%s'", options, mounted);
  }

  /** The command line of a JVM that loads the library. */
  private String load(String flag) {
    return String.format(
        "'%s' -Djava.io.tmpdir='%s' %s -cp '%s' '%s'",
        Paths.get(System.getProperty("java.home"), "bin", "java"),
        mounted,
        flag,
        System.getProperty("java.class.path"),
        Load.class.getName());
  }

  /** What a shell with mounts of its own prints. */
  private String outputOf(String script) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(Arrays.asList("unshare", "-m", "sh", "-c", script));
    Path output = folder.resolve("output");
    Process shell;
    try {
      shell =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      return "unshare: " + e.getMessage();
    }
    assertThat(shell.waitFor(LIMIT_S, TimeUnit.SECONDS)).as(script).isTrue();
    return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
  }
}
