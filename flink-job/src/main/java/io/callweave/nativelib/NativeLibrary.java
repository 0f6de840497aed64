package io.callweave.nativelib;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Locale;

/**
 * Loads the native library that travels in the jar.
 *
 * <p>A JVM loads one file into one class loader only, and every job of a TaskManager has a loader
 * of its own. So each loader gets a copy, which is deleted as soon as it is mapped.
 */
final class NativeLibrary {
  /** Version of the border that these classes were written for. */
  static final int ABI_VERSION = 1;

  /** System property that names the folder of the copy. */
  static final String FOLDER_PROPERTY = "callweave.native.dir";

  /** Environment variable that names the folder of the copy where the property does not. */
  static final String FOLDER_VARIABLE = "CALLWEAVE_NATIVE_DIR";

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
      String resource = resource(System.getProperty("os.name"), System.getProperty("os.arch"));
      loadFrom(
          resource,
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

  /** The library's place in the jar for a platform. */
  static String resource(String system, String processor) {
    String folder = null;
    if (system.toLowerCase(Locale.ROOT).startsWith("linux")) {
      if (processor.equals("amd64") || processor.equals("x86_64")) {
        folder = "linux-x86_64";
      } else if (processor.equals("aarch64") || processor.equals("arm64")) {
        folder = "linux-aarch64";
      }
    }
    if (folder == null) {
      throw new IllegalStateException(
          String.format(
              "There is no native library of callweave for %s on %s: supported are Linux on x86_64"
                  + " and Linux on aarch64",
              system, processor));
    }
    return "/META-INF/native/" + folder + "/libcallweave.so";
  }

  /** The first of these that is set. */
  static String folder(String property, String variable, String temporary) {
    if (property != null && !property.isEmpty()) {
      return property;
    }
    return variable != null && !variable.isEmpty() ? variable : temporary;
  }

  private static void loadFrom(String resource, String folder) {
    try {
      Path copy = Files.createTempFile(Paths.get(folder), "callweave-", ".so");
      try {
        write(resource, copy);
        System.load(copy.toAbsolutePath().toString());
      } finally {
        delete(copy);
      }
      checkVersion(NativeKernels.abiVersion());
    } catch (IOException | UnsatisfiedLinkError | InvalidPathException e) {
      throw new IllegalStateException(
          String.format(
              "The native library of callweave could not be loaded from a copy in %s: %s. The"
                  + " folder must exist, be writable, have room and not be mounted noexec; the"
                  + " system property %s (in Flink through env.java.opts) or the environment"
                  + " variable %s names another",
              folder, e, FOLDER_PROPERTY, FOLDER_VARIABLE),
          e);
    }
  }

  private static void write(String resource, Path copy) throws IOException {
    try (InputStream in = NativeLibrary.class.getResourceAsStream(resource);
        OutputStream out = Files.newOutputStream(copy)) {
      if (in == null) {
        throw new FileNotFoundException("the jar was built without " + resource);
      }
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
