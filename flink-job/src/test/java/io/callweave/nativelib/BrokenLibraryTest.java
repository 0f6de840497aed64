package io.callweave.nativelib;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jars whose library cannot be loaded here: the real one, broken, in a class loader of its own. */
class BrokenLibraryTest {
  private static final String PLATFORM =
      NativeLibrary.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  private static final String OTHER =
      PLATFORM.equals(ElfHeader.LINUX_X86_64) ? ElfHeader.LINUX_AARCH64 : ElfHeader.LINUX_X86_64;
  private static final int ELF_MACHINE = 18;

  @TempDir private Path folder;
  private byte[] library;

  @BeforeEach
  void readLibrary() throws Exception {
    URL real = NativeLibrary.class.getResource(NativeLibrary.resource(PLATFORM));
    library = Files.readAllBytes(Paths.get(real.toURI()));
  }

  @Test
  void aJarThatWasBuiltOnAnotherProcessorSaysForWhichAndHowToBuildForBoth() throws Exception {
    put(OTHER, library);
    assertLoadingFails(PLATFORM)
        .hasMessageContaining("for " + OTHER + ", not for " + PLATFORM)
        .hasMessageContaining("CALLWEAVE_NATIVE=portable")
        .hasMessageNotContaining("folder");
  }

  @Test
  void aLibraryForAnotherProcessorInTheWrongPlaceIsToldByItsHeader() throws Exception {
    int other = OTHER.equals(ElfHeader.LINUX_AARCH64) ? 183 : 62;
    library[ELF_MACHINE] = (byte) other;
    put(PLATFORM, library);
    assertLoadingFails("nothing")
        .hasMessageContaining("for " + PLATFORM + " was built for " + OTHER)
        .hasMessageContaining("CALLWEAVE_NATIVE=portable")
        .hasMessageNotContaining("callweave.native.dir");
  }

  @Test
  void aLibraryThatNeedsANewerGlibcSaysWhichAndWhichIsHere() throws Exception {
    Matcher version =
        Pattern.compile("GLIBC_2(\\.[0-9]+)\0").matcher(new String(library, ISO_8859_1));
    assertThat(version.find()).isTrue();
    library[version.start(1) - 1] = '9';
    put(PLATFORM, library);
    assertLoadingFails("nothing")
        .hasMessageContaining("needs glibc 9" + version.group(1) + " or later")
        .hasMessageContaining("this system has " + SystemLibc.name())
        .hasMessageContaining("CALLWEAVE_NATIVE=portable")
        .hasMessageNotContaining("callweave.native.dir");
  }

  @Test
  void aFileThatIsNoLibraryIsCalledDamaged() throws Exception {
    put(PLATFORM, "<html>not found</html>".getBytes(ISO_8859_1));
    assertLoadingFails("nothing").hasMessageContaining("its file in the jar is damaged");
  }

  private void put(String platform, byte[] bytes) throws Exception {
    Path file = folder.resolve(NativeLibrary.resource(platform).substring(1));
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  /**
   * Loads the library as a job would whose jar has the files of {@link #folder} before the real
   * ones.
   *
   * @param hidden part of the names of files that the jar does not have
   */
  private AbstractThrowableAssert<?, ?> assertLoadingFails(String hidden) throws Exception {
    URL classes = NativeLibrary.class.getProtectionDomain().getCodeSource().getLocation();
    try (URLClassLoader jar = new Jar(new URL[] {folder.toUri().toURL(), classes}, hidden)) {
      return assertThatThrownBy(() -> NativeLibraryTest.openAssemble(jar))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .isInstanceOf(IllegalStateException.class);
    }
  }

  /** A class loader like that of a Flink job. */
  private static final class Jar extends URLClassLoader {
    private final String hidden;

    Jar(URL[] urls, String hidden) {
      super(urls, null);
      this.hidden = hidden;
    }

    @Override
    public URL findResource(String name) {
      return name.contains(hidden) ? null : super.findResource(name);
    }
  }
}
