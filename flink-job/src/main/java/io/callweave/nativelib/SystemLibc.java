package io.callweave.nativelib;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The C library that this JVM runs on. */
final class SystemLibc {
  static final String MUSL = "musl";

  private static final Pattern MAPPED_MUSL = Pattern.compile("/(ld|libc\\.)-?musl-");
  private static final Pattern MAPPED_GLIBC =
      Pattern.compile("/\\S*/libc(\\.so\\.6|-[0-9.]+\\.so)$", Pattern.MULTILINE);

  /** In the banner that glibc prints when it is run. */
  private static final Pattern GLIBC_VERSION =
      Pattern.compile("GNU C Library [^\\n]*release version ([0-9]+\\.[0-9]+)");

  private SystemLibc() {}

  /** Its name and version, for a message. Reads the library's file, 2 MB: for failures only. */
  static String name() {
    return nameIn(text(Paths.get("/proc/self/maps")));
  }

  /** The same from the list of files that a process has mapped. */
  static String nameIn(String maps) {
    if (MAPPED_MUSL.matcher(maps).find()) {
      return MUSL;
    }
    Matcher mapped = MAPPED_GLIBC.matcher(maps);
    if (!mapped.find()) {
      return "an unknown C library";
    }
    Matcher version = GLIBC_VERSION.matcher(text(Paths.get(mapped.group())));
    return version.find() ? "glibc " + version.group(1) : "a glibc of unknown version";
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // What is to be told is another failure: without this it is told with less detail.
      return "";
    }
  }
}
