package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  @TempDir private Path folder;
  private String folderBefore;

  @BeforeEach
  void rememberFolder() {
    folderBefore = System.getProperty(NativeLibrary.FOLDER_PROPERTY);
  }

  @AfterEach
  void restoreFolder() {
    if (folderBefore == null) {
      System.clearProperty(NativeLibrary.FOLDER_PROPERTY);
    } else {
      System.setProperty(NativeLibrary.FOLDER_PROPERTY, folderBefore);
    }
  }

  @Test
  void aSecondClassLoaderGetsALibraryOfItsOwn() throws Exception {
    try (URLClassLoader one = job();
        URLClassLoader other = job()) {
      assertThat(nativelib(one, "NativeCellKernel"))
          .isNotSameAs(nativelib(other, "NativeCellKernel"));
      try (AutoCloseable first = openAssemble(one);
          AutoCloseable second = openAssemble(other)) {
        assertThat(first.getClass()).isNotSameAs(second.getClass());
      }
    }
  }

  @Test
  void theCopyLiesInTheNamedFolderAndIsGoneOnceLoaded() throws Exception {
    System.setProperty(NativeLibrary.FOLDER_PROPERTY, folder.toString());
    try (URLClassLoader job = job();
        AutoCloseable kernel = openAssemble(job)) {
      assertThat(folder).isEmptyDirectory();
      assertThat(mappedFiles()).contains(folder + "/callweave-").contains("(deleted)");
      assertThat(kernel).isNotNull();
    }
  }

  @Test
  void aFolderThatDoesNotDoIsNamedWithBothWaysToNameAnother() throws Exception {
    String missing = folder.resolve("missing").toString();
    System.setProperty(NativeLibrary.FOLDER_PROPERTY, missing);
    try (URLClassLoader job = job()) {
      String[] messages = new String[2];
      for (int use = 0; use < 2; use++) {
        Throwable failure = failureOfOpenAssemble(job);
        assertThat(failure)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(missing)
            .hasMessageContaining("NoSuchFileException")
            .hasMessageContaining("callweave.native.dir")
            .hasMessageContaining("CALLWEAVE_NATIVE_DIR");
        messages[use] = failure.getMessage();
      }
      assertThat(messages[1]).isEqualTo(messages[0]);
    }
  }

  @Test
  void thePropertyGoesBeforeTheVariableBeforeTheTemporaryFolder() {
    assertThat(NativeLibrary.folder("p", "v", "t")).isEqualTo("p");
    assertThat(NativeLibrary.folder("", "v", "t")).isEqualTo("v");
    assertThat(NativeLibrary.folder(null, "v", "t")).isEqualTo("v");
    assertThat(NativeLibrary.folder(null, "", "t")).isEqualTo("t");
    assertThat(NativeLibrary.folder(null, null, "t")).isEqualTo("t");
  }

  @Test
  void eachPlatformHasItsPlaceInTheJar() {
    assertThat(NativeLibrary.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
    assertThat(NativeLibrary.platform("Linux", "aarch64")).isEqualTo("linux-aarch64");
    assertThat(NativeLibrary.resource("linux-aarch64"))
        .isEqualTo("/META-INF/native/linux-aarch64/libcallweave.so");
  }

  @Test
  void aPlatformWithoutALibraryIsToldWhichHaveOne() {
    assertThatIllegalStateException()
        .isThrownBy(() -> NativeLibrary.platform("Mac OS X", "aarch64"))
        .withMessageContaining("Mac OS X on aarch64")
        .withMessageContaining("Linux on x86_64")
        .withMessageContaining("Linux on aarch64");
    assertThatThrownBy(() -> NativeLibrary.platform("Linux", "s390x"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aLibraryOfAnotherVersionIsRefused() {
    assertThatCode(() -> NativeLibrary.checkVersion(NativeLibrary.ABI_VERSION))
        .doesNotThrowAnyException();
    assertThatIllegalStateException()
        .isThrownBy(() -> NativeLibrary.checkVersion(NativeLibrary.ABI_VERSION + 1))
        .withMessageContaining("version 3")
        .withMessageContaining("version 2");
  }

  /** A class loader like that of a Flink job: the same classes, loaded anew. */
  private static URLClassLoader job() {
    URL classes = NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
    return new URLClassLoader(new URL[] {classes}, null);
  }

  /** Opens a kernel with the classes of a job. */
  static AutoCloseable openAssemble(ClassLoader job) throws Exception {
    Class<?> settings = nativelib(job, "KernelSettings");
    Object maxLinks =
        settings
            .getMethod("with", String.class, long.class)
            .invoke(settings.getConstructor().newInstance(), "max_links", 100);
    Class<?> output = nativelib(job, "NativeCellKernel$Output");
    return (AutoCloseable)
        nativelib(job, "NativeCellKernel")
            .getMethod("open", String.class, settings, output)
            .invoke(null, "assemble", maxLinks, output.getField("RECORDS").get(null));
  }

  private static Class<?> nativelib(ClassLoader job, String name) throws Exception {
    return Class.forName("io.callweave.nativelib." + name, true, job);
  }

  private static Throwable failureOfOpenAssemble(ClassLoader job) throws Exception {
    try (AutoCloseable kernel = openAssemble(job)) {
      throw new AssertionError(kernel + " was opened");
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
  }

  private static String mappedFiles() throws Exception {
    return new String(
        java.nio.file.Files.readAllBytes(java.nio.file.Paths.get("/proc/self/maps")),
        java.nio.charset.StandardCharsets.UTF_8);
  }
}
