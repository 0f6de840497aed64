package io.callweave.files;

import com.github.luben.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Reads a line as a record, or a row of CSV as the JSON of its columns. */
final class TextRecords implements FileRecords {
  private static final int BUFFER_BYTES = 64 << 10;

  private final LineReader lines;

  /** The names of the columns, null for lines of JSON. */
  private final Csv csv;

  private TextRecords(LineReader lines, Csv csv) {
    this.lines = lines;
    this.csv = csv;
  }

  /**
   * Opens a file behind what was read of it. Of a compressed file that is decompressed again.
   *
   * @param bytes that were read, decompressed
   * @param mostBytes of a line, of which the rest is left out
   */
  static TextRecords open(String path, long bytes, int mostBytes) throws IOException {
    Path file = new Path(path);
    String name = file.getName();
    FSDataInputStream plain = FileSystem.get(file.toUri()).open(file);
    try {
      String kind = name.replaceFirst("\\.(gz|zst)$", "");
      LineReader lines = new LineReader(decompressing(plain, name), 0, mostBytes);
      Csv csv = kind.endsWith(".csv") ? Csv.of(lines) : null;
      if (bytes > lines.bytes() && kind.equals(name)) {
        plain.seek(bytes);
        lines = new LineReader(plain, bytes, mostBytes);
      }
      if (!lines.skipTo(bytes)) {
        throw new EOFException("it is shorter than what was read of it");
      }
      return new TextRecords(lines, csv);
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static InputStream decompressing(InputStream plain, String name) throws IOException {
    if (name.endsWith(".gz")) {
      return new GZIPInputStream(new MembersTogether(plain), BUFFER_BYTES);
    }
    return name.endsWith(".zst") ? new ZstdInputStream(plain) : plain;
  }

  @Override
  public byte[] next() throws IOException {
    return csv == null ? lines.next() : csv.next(lines);
  }

  @Override
  public long bytes() {
    return lines.bytes();
  }

  @Override
  public int weight() {
    return 1;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  /**
   * Java takes a file of several members, as {@code cat a.gz b.gz} makes it, for the first of them
   * where the stream below does not say that there is more.
   */
  private static final class MembersTogether extends FilterInputStream {
    MembersTogether(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      return in.read(bytes, from, length);
    }

    @Override
    public int available() {
      return 1;
    }
  }
}
