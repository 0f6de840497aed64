package io.callweave.nativelib;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetLibraryTest {
  private static final String LIBRARY = ParquetLibrary.resource(NativeLibrary.platform());

  @TempDir Path folder;

  @Test
  void whereItsJarIsThereTheLibraryWithParquetTakesThePlaceOfTheJobs() throws Exception {
    try (URLClassLoader alone = new URLClassLoader(new URL[] {job()}, null);
        URLClassLoader both = new URLClassLoader(new URL[] {job(), parquet()}, null)) {
      assertThat(failureOfOpening(alone)).hasMessageContaining("there is no kernel 'parquet'");
      assertThat(failureOfOpening(both)).hasMessageContaining("missing field `output`");
    }
  }

  @Test
  void aLibraryThatWasBuiltBesideAnotherJobIsRefused() throws Exception {
    Path other = Files.createDirectories(folder.resolve(LIBRARY.substring(1)).getParent());
    Files.write(other.resolve("libcallweave-parquet.so"), new byte[] {0x7f});
    URL[] urls = {job(), folder.toUri().toURL()};
    Files.write(other.resolve("libcallweave.sha256"), "0123456789abcdef\n".getBytes(UTF_8));
    try (URLClassLoader mixed = new URLClassLoader(urls, null)) {
      assertThat(failureOfOpening(mixed))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("callweave-parquet was not built together with the job's jar")
          .hasMessageContaining("0123456789ab:");
    }
    Files.delete(other.resolve("libcallweave.sha256"));
    try (URLClassLoader unknown = new URLClassLoader(urls, null)) {
      assertThat(failureOfOpening(unknown)).hasMessageContaining("libcallweave.sha256");
    }
  }

  private static URL job() {
    return NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
  }

  private static URL parquet() throws Exception {
    String library = ParquetLibraryTest.class.getResource(LIBRARY).toString();
    String root = library.substring(0, library.length() - LIBRARY.length());
    return new URL(root.startsWith("jar:") ? root.replaceAll("^jar:|!$", "") : root + "/");
  }

  private static Throwable failureOfOpening(ClassLoader job) throws Exception {
    Class<?> settings = Class.forName("io.callweave.nativelib.KernelSettings", true, job);
    Class<?> output = Class.forName("io.callweave.nativelib.NativeCellKernel$Output", true, job);
    try {
      Class.forName("io.callweave.nativelib.NativeCellKernel", true, job)
          .getMethod("open", String.class, settings, output)
          .invoke(
              null,
              "parquet",
              settings.getConstructor().newInstance(),
              output.getEnumConstants()[0]);
    } catch (InvocationTargetException e) {
      return e.getCause();
    }
    throw new AssertionError("a kernel was opened without its settings");
  }
}
