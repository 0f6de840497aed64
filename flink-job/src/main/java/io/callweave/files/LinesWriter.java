package io.callweave.files;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;

/**
 * Writes lines to a file, compressed as the ending of its name says.
 *
 * @param <T> what is written
 */
final class LinesWriter<T> implements BulkWriter<T> {
  private static final int BUFFER_BYTES = 64 << 10;

  private final LineFormat<T> format;
  private final OutputStream out;

  private LinesWriter(LineFormat<T> format, OutputStream out) {
    this.format = format;
    this.out = out;
  }

  /** Opens writers of files with this ending. */
  static <T> BulkWriter.Factory<T> factory(LineFormat<T> format, String ending) {
    return file -> {
      LinesWriter<T> writer = new LinesWriter<>(format, compressing(file, ending));
      if (format.header() != null) {
        writer.write(format.header());
      }
      return writer;
    };
  }

  private static OutputStream compressing(FSDataOutputStream file, String ending)
      throws IOException {
    OutputStream left = new LeftOpen(file);
    if (ending.endsWith(".gz")) {
      return new BufferedOutputStream(new GZIPOutputStream(left, BUFFER_BYTES), BUFFER_BYTES);
    }
    if (ending.endsWith(".zst")) {
      return new BufferedOutputStream(new ZstdOutputStream(left), BUFFER_BYTES);
    }
    return new BufferedOutputStream(left, BUFFER_BYTES);
  }

  @Override
  public void addElement(T record) throws IOException {
    write(format.line(record));
  }

  private void write(byte[] line) throws IOException {
    out.write(line);
    out.write('\n');
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  /** Ends what is compressed; Flink closes the file itself, to commit it. */
  @Override
  public void finish() throws IOException {
    out.close();
  }

  /** A file that whoever writes to it does not close. */
  private static final class LeftOpen extends FilterOutputStream {
    LeftOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
