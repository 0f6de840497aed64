package io.callweave.files;

import io.callweave.options.OptionsException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.FileSystems;
import java.nio.file.PathMatcher;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * The files of the input: one, those below a folder, or those that a pattern fits. Files and
 * folders whose name begins with a dot or an underscore are left out: others are still writing
 * them.
 */
final class InputFiles implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern WILDCARDS = Pattern.compile("[*?\\[{]");

  /** Endings of what is no text, or compressed in a way that is not read. */
  private static final Pattern UNREADABLE =
      Pattern.compile(".*\\.(avro|orc|arrow|bz2|xz|lz4|snappy|zip|tar|tgz)");

  private final String input;
  private final String folder;
  private final String pattern;

  /** Whether the jar for it was there when the job was submitted: then it has to be everywhere. */
  private final boolean readsParquet = ParquetJar.isThere();

  /**
   * The files at a URI, whose path may have {@code *}, {@code **}, {@code ?}, {@code [a]}, {@code
   * {a,b}}.
   */
  InputFiles(String input) {
    this.input = input;
    int wildcard = firstWildcard(input);
    // The folder that has no wildcard above it, and what fits the path below.
    int end = wildcard < 0 ? input.length() : input.lastIndexOf('/', wildcard) + 1;
    folder = input.substring(0, end);
    pattern = input.substring(end);
  }

  private static int firstWildcard(String input) {
    java.util.regex.Matcher found = WILDCARDS.matcher(input);
    return found.find() ? found.start() : -1;
  }

  /**
   * Looks, before the job is submitted, that there is something to read.
   *
   * @param wanted whether there has to be a file, and not only a folder
   * @throws OptionsException if there is not
   */
  void check(boolean wanted) {
    Path root = new Path(folder);
    try {
      FileSystem files = OutputFolder.fileSystem(root, "--input");
      if (!files.exists(root)) {
        throw new OptionsException(
            String.format(
                "--input %s: there is no %s; a file, a folder or a pattern of files is wanted, here"
                    + " and on all TaskManagers",
                input, root));
      }
      List<FileStatus> found = list();
      if (wanted && found.isEmpty()) {
        throw new OptionsException(
            String.format(
                "--input %s: there is no file; --watch waits for the first, and names that begin with"
                    + " '.' or '_' are left out",
                input));
      }
      for (FileStatus file : found) {
        checkEnding(file.getPath());
      }
    } catch (IOException e) {
      throw new OptionsException(String.format("--input %s cannot be read: %s", input, e));
    }
  }

  private static void checkEnding(Path file) {
    if (isParquet(file.getName())) {
      ParquetJar.require("--input " + file);
    } else if (isUnreadable(file.getName())) {
      throw new OptionsException(
          String.format(
              "--input has %s; JSON lines or CSV are read, plain, .gz or .zst, and Parquet: name those by a"
                  + " pattern, as --input 'folder/**/*.jsonl.gz'",
              file));
    }
  }

  /**
   * Whether a file of this name is left out: it holds no records, or the job was submitted without
   * the jar.
   */
  boolean leavesOut(String name) {
    return isUnreadable(name) || (isParquet(name) && !readsParquet);
  }

  /** Whether a file of this name holds no records. */
  static boolean isUnreadable(String name) {
    return UNREADABLE.matcher(name).matches();
  }

  /** Whether a file of this name, or at this path, is of Parquet. */
  static boolean isParquet(String name) {
    return name.endsWith(".parquet");
  }

  /** The files that are there, in order of their paths. */
  List<FileStatus> list() throws IOException {
    Path root = new Path(folder);
    List<FileStatus> found = new ArrayList<>();
    FileSystem files = FileSystem.get(root.toUri());
    FileStatus status = files.getFileStatus(root);
    if (!status.isDir()) {
      found.add(status);
      return found;
    }
    PathMatcher fits =
        FileSystems.getDefault().getPathMatcher("glob:" + (pattern.isEmpty() ? "**" : pattern));
    String above = status.getPath().getPath();
    collect(files, status.getPath(), above.endsWith("/") ? above : above + "/", fits, found);
    found.sort(Comparator.comparing(file -> file.getPath().toString()));
    return found;
  }

  private static void collect(
      FileSystem files, Path folder, String above, PathMatcher fits, List<FileStatus> found)
      throws IOException {
    FileStatus[] entries;
    try {
      entries = files.listStatus(folder);
    } catch (FileNotFoundException e) {
      // Deleted since it was listed.
      return;
    }
    if (entries == null) {
      return;
    }
    for (FileStatus entry : entries) {
      String name = entry.getPath().getName();
      if (name.startsWith(".") || name.startsWith("_")) {
        continue;
      }
      if (entry.isDir()) {
        collect(files, entry.getPath(), above, fits, found);
        continue;
      }
      String path = entry.getPath().getPath();
      if (fits.matches(Paths.get(path.substring(above.length())))) {
        found.add(entry);
      }
    }
  }
}
