package io.callweave.files;

import java.io.Closeable;
import java.io.IOException;

/** The records of one file, from any of them on. What kind of file it is, its name says. */
interface FileRecords extends Closeable {
  /**
   * Opens a file behind what was read of it.
   *
   * @param mostBytes of a record, of which the rest is left out
   * @param temporary a folder for a copy, where the file must be on a local disk
   */
  static FileRecords open(FileState file, int mostBytes, String temporary) throws IOException {
    return InputFiles.isParquet(file.path)
        ? ParquetRecords.open(file.path, file.records, mostBytes, temporary)
        : TextRecords.open(file.path, file.bytes, mostBytes);
  }

  /** The next record; null at the end. */
  byte[] next() throws IOException;

  /** Bytes up to the end of the last record, decompressed; 0 where records alone tell the place. */
  long bytes();

  /** How much of the memory for open files it takes: 1, or more. */
  int weight();
}
