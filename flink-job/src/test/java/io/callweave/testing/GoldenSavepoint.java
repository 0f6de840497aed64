package io.callweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toList;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A savepoint that was kept, with the input that it belongs to and what had been written by then.
 *
 * <p>One archive: {@code before.jsonl} and {@code after.jsonl}, the input up to the savepoint and
 * behind it, round robin over {@link #PARTITIONS}; {@code linked-before.jsonl} and the like, what
 * was in the topic of each output at the savepoint; and the savepoint's own files. Where it was
 * written stands in it as the names of parts that are inline, and nowhere as a place to read from.
 */
public final class GoldenSavepoint {
  /** Name of the input topic, which is part of the savepoint. */
  public static final String TOPIC = "golden";

  public static final int PARTITIONS = 3;

  private static final Path FILE =
      Paths.get("src", "test", "resources", "golden", "savepoint-v1.zip");
  private static final String BEFORE = "before.jsonl";
  private static final String AFTER = "after.jsonl";
  private static final String OUTPUT_BEFORE = "-before.jsonl";

  private GoldenSavepoint() {}

  /** Calls that were read before the savepoint, in the order in which they were written. */
  public static List<Call> before() throws IOException {
    return lines(BEFORE).stream().map(Call::parse).collect(toList());
  }

  /** Calls that come behind the savepoint. */
  public static List<Call> after() throws IOException {
    return lines(AFTER).stream().map(Call::parse).collect(toList());
  }

  /** Records that were in the topic of that name's end at the savepoint. */
  public static List<String> writtenBefore(String output) throws IOException {
    return lines(output + OUTPUT_BEFORE);
  }

  private static List<String> lines(String name) throws IOException {
    try (ZipFile zip = new ZipFile(FILE.toFile());
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(zip.getInputStream(zip.getEntry(name)), UTF_8))) {
      return reader.lines().collect(toList());
    }
  }

  /** Unpacks the savepoint into a folder; its URI. */
  public static String unpack(Path folder) throws IOException {
    try (ZipFile zip = new ZipFile(FILE.toFile())) {
      for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(ZipEntry.class::cast)::iterator) {
        Files.copy(zip.getInputStream(entry), folder.resolve(entry.getName()));
      }
    }
    return folder.toUri().toString();
  }

  /** Keeps a savepoint, which has no folders in it, with its input and what was written by then. */
  public static void write(
      Path savepoint, List<Call> before, List<Call> after, Map<String, List<String>> written)
      throws IOException {
    Files.createDirectories(FILE.getParent());
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(FILE));
        Stream<Path> parts = Files.list(savepoint)) {
      put(zip, BEFORE, before.stream().map(Call::toString));
      put(zip, AFTER, after.stream().map(Call::toString));
      for (Map.Entry<String, List<String>> output : written.entrySet()) {
        put(zip, output.getKey() + OUTPUT_BEFORE, output.getValue().stream());
      }
      for (Path part : parts.sorted().collect(toList())) {
        zip.putNextEntry(new ZipEntry(part.getFileName().toString()));
        Files.copy(part, zip);
      }
    }
  }

  private static void put(ZipOutputStream zip, String name, Stream<String> lines)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    for (String line : lines.collect(toList())) {
      zip.write((line + "\n").getBytes(UTF_8));
    }
  }
}
