package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The cause and the cure, from the very words of the JVM and the loaders of glibc and musl. */
class LoadFailureTest {
  private static final String HERE = "linux-x86_64";
  private static final String OTHER = "linux-aarch64";
  private static final String COPY = "/tmp/callweave-1.so";

  @Test
  void aGlibcThatIsTooOldIsNamedBesideTheOneThatIsNeeded() {
    String error =
        COPY
            + ": /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by "
            + COPY
            + ")";
    assertThat(linkFailure(error, HERE, "glibc 2.31"))
        .contains("needs glibc 2.34 or later, and this system has glibc 2.31")
        .contains("CALLWEAVE_NATIVE=portable")
        .contains("image")
        .endsWith(error + ")");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        COPY
            + ": "
            + COPY
            + ": cannot open shared object file: No such file or directory"
            + " (Possible cause: can't load AARCH64 .so on a AMD 64 platform)",
        COPY + ": " + COPY + ": cannot open shared object file: No such file or directory",
        "Error loading shared library " + COPY + ": Exec format error",
      })
  void aLibraryForAnotherProcessorIsToldByItsHeaderWhateverTheLoaderSays(String error) {
    assertThat(linkFailure(error, OTHER, "glibc 2.36"))
        .contains("for linux-x86_64 was built for linux-aarch64")
        .contains("CALLWEAVE_NATIVE=portable");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        COPY
            + ": Error loading shared library ld-linux-x86-64.so.2: No such file or directory"
            + " (needed by "
            + COPY
            + ")",
        COPY + ": Error relocating " + COPY + ": gnu_get_libc_version: symbol not found",
      })
  void onMuslNoBuildIsPromisedButAnImageWithGlibc(String error) {
    assertThat(linkFailure(error, HERE, "an unknown C library"))
        .contains("needs glibc, and this system has musl")
        .contains("image with glibc")
        .doesNotContain("portable");
  }

  @Test
  void muslIsToldByTheMappedFilesWhereTheLoaderNamesAnotherLibrary() {
    String error = COPY + ": Error loading shared library libgcc_s.so.1: No such file or directory";
    String maps = "7f00-7f01 r-xp 00000000 08:01 42    /lib/ld-musl-x86_64.so.1\n";
    assertThat(linkFailure(error, HERE, SystemLibc.nameIn(maps))).contains("this system has musl");
  }

  @Test
  void aLibraryThatTheSystemLacksIsNamed() {
    String error =
        COPY + ": libgcc_s.so.1: cannot open shared object file: No such file or directory";
    assertThat(linkFailure(error, HERE, "glibc 2.36"))
        .contains("needs libgcc_s.so.1, which this system does not have");
  }

  @Test
  void aFileThatIsNoLibraryIsCalledDamaged() {
    assertThat(linkFailure(COPY + ": file too short", null, "glibc 2.36"))
        .contains("is damaged")
        .doesNotContain("folder");
    assertThat(linkFailure(COPY + ": invalid ELF header", HERE, "glibc 2.36"))
        .contains("is damaged");
  }

  @Test
  void classesOfAnotherBuildAreToldByTheFunctionThatIsMissing() {
    String error = "'int io.callweave.nativelib.NativeKernels.abiVersion()'";
    assertThat(linkFailure(error, HERE, "glibc 2.36")).contains("put together from two builds");
  }

  @Test
  void eachFaultOfTheFolderHasItsOwnWords() {
    assertThat(folderFailure(new NoSuchFileException("/opt/x.so"))).contains("does not exist");
    assertThat(folderFailure(new AccessDeniedException("/opt/x.so")))
        .contains("is not writable for this user");
    assertThat(folderFailure(new FileSystemException("/opt/x.so", null, "Not a directory")))
        .contains("is not a folder");
    assertThat(folderFailure(new IOException("No space left on device")))
        .contains("is on a full disk");
    assertThat(folderFailure(new IOException("Disk quota exceeded"))).contains("disk quota");
    assertThat(folderFailure(new IOException("Input/output error")))
        .contains("as the error at the end says")
        .contains("Input/output error");
    String noexec = COPY + ": failed to map segment from shared object: Operation not permitted";
    assertThat(linkFailure(noexec, HERE, "glibc 2.36"))
        .contains("/work, is mounted noexec")
        .contains("callweave.native.dir");
  }

  @Test
  void theGlibcOfThisSystemIsKnownWithItsVersion() {
    assertThat(SystemLibc.name()).matches("glibc 2\\.[0-9]+|musl");
    assertThat(SystemLibc.nameIn("7f00-7f01 r-xp 00000000 08:01 42    /none/libc.so.6\n"))
        .isEqualTo("a glibc of unknown version");
  }

  private static String linkFailure(String error, String builtFor, String libc) {
    return LoadFailure.explain(new UnsatisfiedLinkError(error), "/work", builtFor, HERE, libc);
  }

  private static String folderFailure(IOException failure) {
    assertThat(LoadFailure.explain(failure, "/work", HERE, HERE, "glibc 2.36"))
        .contains("/work, ")
        .contains("callweave.native.dir")
        .contains("CALLWEAVE_NATIVE_DIR");
    return LoadFailure.explain(failure, "/work", HERE, HERE, "glibc 2.36");
  }
}
