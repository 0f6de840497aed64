package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Files that a job has written. */
public final class WrittenFiles {
  private WrittenFiles() {}

  /** The files below a folder that readers see: none that is still written. */
  public static List<Path> visible(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return Collections.emptyList();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .sorted()
          .collect(Collectors.toList());
    }
  }

  /** The lines of all visible files below a folder, sorted. */
  public static List<String> sortedLines(Path folder) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : visible(folder)) {
      lines.addAll(lines(file));
    }
    Collections.sort(lines);
    return lines;
  }

  /** The lines of a file, decompressed. */
  public static List<String> lines(Path file) throws IOException {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(decompressing(file), UTF_8))) {
      return reader.lines().collect(Collectors.toList());
    }
  }

  private static InputStream decompressing(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    if (file.toString().endsWith(".gz")) {
      return new GZIPInputStream(in);
    }
    return file.toString().endsWith(".zst") ? new ZstdInputStream(in) : in;
  }
}
