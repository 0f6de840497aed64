package io.callweave.files;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.util.IOUtils;

/** The files that a subtask has open: those that were read last, as many as memory is for. */
final class OpenFiles implements Closeable {
  private static final int MAX_WEIGHT = 64;

  private final int mostBytes;
  private final String temporary;
  private final Map<String, FileRecords> open = new LinkedHashMap<>(MAX_WEIGHT, 0.75f, true);

  /**
   * None.
   *
   * @param mostBytes of a record, of which the rest is left out
   * @param temporary a folder for copies
   */
  OpenFiles(int mostBytes, String temporary) {
    this.mostBytes = mostBytes;
    this.temporary = temporary;
  }

  /** A file, behind what was read of it. */
  FileRecords of(FileState file) throws IOException {
    FileRecords records = open.get(file.path);
    if (records == null) {
      records = FileRecords.open(file, mostBytes, temporary);
      open.put(file.path, records);
      while (weight() > MAX_WEIGHT) {
        closeOldest();
      }
    }
    return records;
  }

  private int weight() {
    return open.values().stream().mapToInt(FileRecords::weight).sum();
  }

  private void closeOldest() throws IOException {
    Iterator<FileRecords> oldest = open.values().iterator();
    oldest.next().close();
    oldest.remove();
  }

  /** Closes a file. */
  void close(FileState file) throws IOException {
    FileRecords records = open.remove(file.path);
    if (records != null) {
      records.close();
    }
  }

  @Override
  public void close() {
    open.values().forEach(IOUtils::closeQuietly);
    open.clear();
  }
}
