package io.callweave.nativelib;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why the native library could not be loaded, and what helps. A decision from what it is given: the
 * dynamic loaders of glibc and musl tell the reason in their text alone.
 */
final class LoadFailure {
  /** The loader's words where the library needs a newer glibc than there is. */
  private static final Pattern NEWER_GLIBC = Pattern.compile("version .GLIBC_([0-9.]+)' not found");

  /** The same for a library that ours needs: named without a path, unlike ours. */
  private static final Pattern MISSING_LIBRARY =
      Pattern.compile(": ([^/ :]+\\.so[^/ :]*): cannot open shared object file");

  private static final Pattern MUSL_LOADER =
      Pattern.compile("Error loading shared library ld-linux|Error relocating ");

  private static final Pattern DAMAGED =
      Pattern.compile("file too short|invalid ELF header|ELF load command");

  /** What is wrong with the folder, by the words of the error. */
  private static final Map<String, String> FOLDER_FAULTS = new LinkedHashMap<>();

  static {
    FOLDER_FAULTS.put("InvalidPathException", "is not a path");
    FOLDER_FAULTS.put("NoSuchFileException", "does not exist");
    FOLDER_FAULTS.put("Not a directory", "is not a folder");
    FOLDER_FAULTS.put("AccessDeniedException", "is not writable for this user");
    FOLDER_FAULTS.put("Read-only file system", "is mounted read-only");
    FOLDER_FAULTS.put("No space left on device", "is on a full disk");
    FOLDER_FAULTS.put("Disk quota exceeded", "is over its disk quota");
    FOLDER_FAULTS.put(
        "failed to map segment",
        "is mounted noexec, or a security policy forbids running code from it");
    FOLDER_FAULTS.put("Permission denied", "is not readable for this user");
  }

  private LoadFailure() {}

  /**
   * What is wrong, where, and what helps; the error itself comes last.
   *
   * @param failure what copying or loading the library threw
   * @param folder of the copy
   * @param builtFor the platform by the library's header, null where that is no header
   * @param platform that it was to be loaded on
   * @param libc name and version of the C library there
   */
  static String explain(
      Throwable failure, String folder, String builtFor, String platform, String libc) {
    String error = failure.toString();
    String reason =
        failure instanceof UnsatisfiedLinkError ? linkFault(error, builtFor, platform, libc) : null;
    if (reason == null) {
      reason = folderFault(error, folder);
    }
    return "The native library of callweave could not be loaded: " + reason + " (" + error + ")";
  }

  private static String linkFault(String error, String builtFor, String platform, String libc) {
    if (error.contains("NativeKernels.abiVersion")) {
      return "it lacks what the jar's classes call: the jar was put together from two builds."
          + " Build it anew";
    }
    if (builtFor == null || DAMAGED.matcher(error).find()) {
      return "its file in the jar is damaged. Build or copy the jar anew";
    }
    if (!builtFor.equals(platform)) {
      return String.format(
          "the jar's file for %s was built for %s. Build the jar anew, on such a machine or with"
              + " CALLWEAVE_NATIVE=portable",
          platform, builtFor);
    }
    if (libc.equals(SystemLibc.MUSL) || MUSL_LOADER.matcher(error).find()) {
      return "it needs glibc, and this system has musl, as Alpine Linux does. Use an image with"
          + " glibc, as Debian's; no build of the library runs on musl";
    }
    Matcher newerGlibc = NEWER_GLIBC.matcher(error);
    if (newerGlibc.find()) {
      return String.format(
          "it needs glibc %s or later, and this system has %s. Build the jar with"
              + " CALLWEAVE_NATIVE=portable, which needs no more than glibc 2.17, or use an image"
              + " with a newer glibc",
          newerGlibc.group(1), libc);
    }
    Matcher missing = MISSING_LIBRARY.matcher(error);
    if (missing.find()) {
      return String.format(
          "it needs %s, which this system does not have. Install the package that holds it",
          missing.group(1));
    }
    return null;
  }

  private static String folderFault(String error, String folder) {
    String fault =
        FOLDER_FAULTS.entrySet().stream()
            .filter(known -> error.contains(known.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("did not do, as the error at the end says");
    return String.format(
        "the folder of its copy, %s, %s. Name another with the system property %s (in Flink through"
            + " env.java.opts) or the environment variable %s",
        folder, fault, NativeLibrary.FOLDER_PROPERTY, NativeLibrary.FOLDER_VARIABLE);
  }
}
