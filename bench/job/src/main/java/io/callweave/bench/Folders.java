package io.callweave.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Folders that a benchmark writes. */
final class Folders {
  private Folders() {}

  /**
   * All files below a folder, and itself, those that are deeper first; nothing where there is none.
   */
  private static List<Path> deepestFirst(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return Collections.emptyList();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
    }
  }

  static void delete(Path folder) throws IOException {
    for (Path file : deepestFirst(folder)) {
      Files.delete(file);
    }
  }

  /** Bytes of all files in it. */
  static long bytes(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : deepestFirst(folder)) {
      bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
    }
    return bytes;
  }
}
