package io.callweave.nativelib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Loads the native library that travels in the jar.
 *
 * <p>A JVM loads one file into one class loader only, and every job of a TaskManager has a loader
 * of its own. So each loader gets a copy, which is deleted as soon as it is mapped.
 */
final class NativeLibrary {
  /** Version of the border that these classes were written for. */
  static final int ABI_VERSION = 2;

  /** System property that names the folder of the copy. */
  static final String FOLDER_PROPERTY = "callweave.native.dir";

  /** Environment variable that names the folder of the copy where the property does not. */
  static final String FOLDER_VARIABLE = "CALLWEAVE_NATIVE_DIR";

  static final List<String> PLATFORMS =
      Arrays.asList(ElfHeader.LINUX_X86_64, ElfHeader.LINUX_AARCH64);

  private static boolean loaded;
  private static String failure;

  private NativeLibrary() {}

  /**
   * Loads the library, once per class loader.
   *
   * @throws IllegalStateException if it cannot be loaded; the same on every later call
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
    try {
      loadFrom(
          platform(),
          folder(
              System.getProperty(FOLDER_PROPERTY),
              System.getenv(FOLDER_VARIABLE),
              System.getProperty("java.io.tmpdir")));
      loaded = true;
    } catch (IllegalStateException e) {
      failure = e.getMessage();
      throw e;
    }
  }

  /** The name of this platform. */
  static String platform() {
    return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  /** The name of a platform, of those that a library can be built for. */
  static String platform(String system, String processor) {
    if (system.toLowerCase(Locale.ROOT).startsWith("linux")) {
      if (processor.equals("amd64") || processor.equals("x86_64")) {
        return ElfHeader.LINUX_X86_64;
      }
      if (processor.equals("aarch64") || processor.equals("arm64")) {
        return ElfHeader.LINUX_AARCH64;
      }
    }
    throw new IllegalStateException(
        String.format(
            "There is no native library of callweave for %s on %s: supported are Linux on x86_64"
                + " and Linux on aarch64",
            system, processor));
  }

  /** The library's place in the jar for a platform. */
  static String resource(String platform) {
    return "/META-INF/native/" + platform + "/libcallweave.so";
  }

  /** The first of these that is set. */
  static String folder(String property, String variable, String temporary) {
    if (property != null && !property.isEmpty()) {
      return property;
    }
    return variable != null && !variable.isEmpty() ? variable : temporary;
  }

  private static void loadFrom(String platform, String folder) {
    requireInJar(platform);
    String library = resource(platform);
    try {
      if (ParquetLibrary.isOnClassPath(platform)) {
        ParquetLibrary.requireSameBuild(platform);
        library = ParquetLibrary.resource(platform);
      }
      Path copy = Files.createTempFile(Paths.get(folder), "callweave-", ".so");
      try {
        write(library, copy);
        System.load(copy.toAbsolutePath().toString());
      } finally {
        delete(copy);
      }
      checkVersion(NativeKernels.abiVersion());
    } catch (IOException | UnsatisfiedLinkError | InvalidPathException e) {
      String builtFor = ElfHeader.platformOf(library);
      throw new IllegalStateException(
          LoadFailure.explain(e, folder, builtFor, platform, SystemLibc.name()), e);
    }
  }

  private static void requireInJar(String platform) {
    if (isInJar(platform)) {
      return;
    }
    List<String> others =
        PLATFORMS.stream().filter(NativeLibrary::isInJar).collect(Collectors.toList());
    throw new IllegalStateException(
        String.format(
            "The jar holds the native library of callweave for %s, not for %s. Build it on such a"
                + " machine, or with CALLWEAVE_NATIVE=portable, which builds for both processors"
                + " where Rust has both targets",
            others.isEmpty() ? "no platform" : others.get(0), platform));
  }

  private static boolean isInJar(String platform) {
    return NativeLibrary.class.getResource(resource(platform)) != null;
  }

  private static void write(String resource, Path copy) throws IOException {
    try (InputStream in = NativeLibrary.class.getResourceAsStream(resource);
        OutputStream out = Files.newOutputStream(copy)) {
      byte[] buffer = new byte[64 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
    }
  }

  private static void delete(Path copy) {
    try {
      Files.deleteIfExists(copy);
    } catch (IOException e) {
      // The library is mapped and works; what is left is a file too many.
      copy.toFile().deleteOnExit();
    }
  }

  static void checkVersion(int found) {
    if (found != ABI_VERSION) {
      throw new IllegalStateException(
          String.format(
              "The native library of callweave has version %d of the border, the jar's classes need"
                  + " version %d: the jar was put together from two builds",
              found, ABI_VERSION));
    }
  }
}
