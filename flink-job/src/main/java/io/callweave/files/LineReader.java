package io.callweave.files;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads lines, of which it knows the place. */
final class LineReader implements Closeable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream in;
  private final int mostBytes;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;

  /** Where {@code buffer[from]} stands in the file. */
  private long bytes;

  /**
   * A reader.
   *
   * @param bytes where the stream stands in the file
   * @param mostBytes of a line, of which the rest is left out
   */
  LineReader(InputStream in, long bytes, int mostBytes) {
    this.in = in;
    this.bytes = bytes;
    this.mostBytes = mostBytes;
  }

  int mostBytes() {
    return mostBytes;
  }

  /** Where the next line begins, bytes from the beginning of the file. */
  long bytes() {
    return bytes;
  }

  /** Leaves out what stands before this place; false if the file is too short. */
  boolean skipTo(long place) throws IOException {
    while (bytes < place) {
      if (from == to && !fill()) {
        return false;
      }
      take((int) Math.min(place - bytes, to - from));
    }
    return true;
  }

  private void take(int length) {
    from += length;
    bytes += length;
  }

  private boolean fill() throws IOException {
    int read = in.read(buffer, 0, buffer.length);
    from = 0;
    to = Math.max(read, 0);
    return read > 0;
  }

  /** The next line without its end, or the first bytes of it; null at the end of the file. */
  byte[] next() throws IOException {
    if (from == to && !fill()) {
      return null;
    }
    byte[] line = new byte[0];
    while (true) {
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      line = append(line, end - from);
      boolean whole = end < to;
      take(end - from);
      if (whole) {
        take(1);
      }
      if (whole || !fill()) {
        return withoutReturn(line);
      }
    }
  }

  private byte[] append(byte[] line, int length) {
    int added = Math.min(length, mostBytes - line.length);
    byte[] longer = Arrays.copyOf(line, line.length + added);
    System.arraycopy(buffer, from, longer, line.length, added);
    return longer;
  }

  private static byte[] withoutReturn(byte[] line) {
    boolean windows = line.length > 0 && line[line.length - 1] == '\r';
    return windows ? Arrays.copyOf(line, line.length - 1) : line;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
