package io.callweave.files;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.util.IOUtils;

/** The files that a subtask has open: not too many, those that were read last. */
final class OpenFiles implements Closeable {
  private static final int MAX_OPEN = 64;

  private final int mostBytes;
  private final Map<String, FileRecords> open = new LinkedHashMap<>(MAX_OPEN, 0.75f, true);

  /**
   * None.
   *
   * @param mostBytes of a line, of which the rest is left out
   */
  OpenFiles(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** A file, behind what was read of it. */
  FileRecords of(FileState file) throws IOException {
    FileRecords records = open.get(file.path);
    if (records == null) {
      if (open.size() >= MAX_OPEN) {
        closeOldest();
      }
      records = FileRecords.open(file.path, file.bytes, mostBytes);
      open.put(file.path, records);
    }
    return records;
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
