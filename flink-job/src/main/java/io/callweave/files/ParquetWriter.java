package io.callweave.files;

import io.callweave.nativelib.CellKernel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.flink.api.common.serialization.BulkWriter;

/**
 * Writes records to a Parquet file: lines go to the native library, which gives the file back row
 * group by row group.
 *
 * @param <T> what is written
 */
final class ParquetWriter<T> implements BulkWriter<T> {
  private static final int BUFFER_BYTES = 64 << 10;

  private final LineFormat<T> json;
  private final CellKernel kernel;
  private final OutputStream file;
  private final Runnable atEnd;
  private final ByteArrayOutputStream lines = new ByteArrayOutputStream(BUFFER_BYTES);

  /**
   * Begins a file.
   *
   * @param kernel that makes it, and is closed when it is finished
   * @param atEnd what is to be done then
   */
  ParquetWriter(LineFormat<T> json, CellKernel kernel, OutputStream file, Runnable atEnd) {
    this.json = json;
    this.kernel = kernel;
    this.file = file;
    this.atEnd = atEnd;
  }

  @Override
  public void addElement(T record) throws IOException {
    lines.write(json.line(record));
    lines.write('\n');
    if (lines.size() >= BUFFER_BYTES) {
      push();
    }
  }

  private void push() throws IOException {
    kernel.push(lines.toByteArray());
    lines.reset();
    drain();
  }

  private void drain() throws IOException {
    try {
      kernel.drain((key, piece) -> file.write(piece));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** A row group is written when it is whole. */
  @Override
  public void flush() throws IOException {
    file.flush();
  }

  /** Writes what is left, and the end of the file; Flink closes the file itself, to commit it. */
  @Override
  public void finish() throws IOException {
    push();
    kernel.fire(0);
    drain();
    file.flush();
    kernel.close();
    atEnd.run();
  }
}
