package io.callweave.files;

import io.callweave.nativelib.KernelException;
import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.nativelib.NativeCellKernel.Output;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Reads a row of a Parquet file as the JSON of its columns. The native library reads it, from a
 * local disk: of a file elsewhere a copy is made first, which is deleted as soon as it is open.
 */
final class ParquetRecords implements FileRecords {
  /** A page of each column, and the rows that were read at once. */
  private static final int WEIGHT = 4;

  private static final int ROWS_AT_ONCE = 512;

  private final NativeCellKernel kernel;
  private final Queue<byte[]> rows = new ArrayDeque<>();

  private ParquetRecords(NativeCellKernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Opens a file behind the rows that were read of it.
   *
   * @param mostBytes of a row, of which the rest is left out
   * @param temporary a folder for a copy
   */
  static ParquetRecords open(String path, long records, int mostBytes, String temporary)
      throws IOException {
    Path file = new Path(path);
    return open(FileSystem.get(file.toUri()), file, records, mostBytes, temporary);
  }

  static ParquetRecords open(
      FileSystem files, Path file, long records, int mostBytes, String temporary)
      throws IOException {
    ParquetJar.require("--input " + file);
    if (!files.isDistributedFS()) {
      return open(Paths.get(file.getPath()), records, mostBytes);
    }
    java.nio.file.Path copy = Files.createTempFile(Paths.get(temporary), "callweave-", ".parquet");
    try (InputStream in = files.open(file)) {
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return open(copy, records, mostBytes);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private static ParquetRecords open(java.nio.file.Path file, long records, int mostBytes)
      throws IOException {
    try {
      return new ParquetRecords(
          NativeCellKernel.open(
              "parquet-rows",
              new KernelSettings()
                  .with("path", file.toString())
                  .with("skip", records)
                  .with("most_bytes", mostBytes)
                  .with("rows_at_once", ROWS_AT_ONCE),
              Output.RECORDS));
    } catch (KernelException e) {
      throw new DamagedFileException(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public byte[] next() throws IOException {
    if (rows.isEmpty()) {
      read();
    }
    return rows.poll();
  }

  private void read() throws IOException {
    try {
      kernel.fire(0);
      kernel.drain((key, row) -> rows.add(row));
    } catch (KernelException e) {
      throw new DamagedFileException(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public int weight() {
    return WEIGHT;
  }

  @Override
  public void close() {
    kernel.close();
  }
}
