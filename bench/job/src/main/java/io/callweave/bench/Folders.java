package io.callweave.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.util.FileUtils;

/** Folders that a benchmark writes. */
final class Folders {
  private Folders() {}

  /** Deletes a folder, from which Flink may still delete checkpoints that nobody needs. */
  static void delete(Path folder) throws IOException {
    FileUtils.deleteDirectory(folder.toFile());
  }

  /** Bytes of all files in it. */
  static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
