package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of CSV as JSON, by RFC 4180: the first row names the columns, values may be in quotes and
 * then hold commas, ends of lines and quotes, which are doubled.
 *
 * <p>A value becomes a string, which the parser takes for a number where one is wanted; an empty
 * one that is not quoted becomes null. What is no row of the columns becomes a text that is no
 * JSON, so that Route rejects it.
 */
final class Csv {
  private final List<String> columns;

  private Csv(List<String> columns) {
    this.columns = columns;
  }

  /** Reads the first row; a file without has no rows. */
  static Csv of(LineReader lines) throws IOException {
    String header = row(lines);
    String text = header == null ? "" : header;
    return new Csv(values(text.startsWith("\uFEFF") ? text.substring(1) : text));
  }

  /** The next row as JSON; null at the end. */
  byte[] next(LineReader lines) throws IOException {
    String row = row(lines);
    if (row == null) {
      return null;
    }
    List<String> values = values(row);
    if (values.size() != columns.size()) {
      return row.getBytes(UTF_8);
    }
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        json.append(',');
      }
      Lines.string(json, columns.get(i));
      json.append(':');
      if (values.get(i) == null) {
        json.append("null");
      } else {
        Lines.string(json, values.get(i));
      }
    }
    return json.append('}').toString().getBytes(UTF_8);
  }

  /** A line, and those that follow while a quote is open, though not without end. */
  private static String row(LineReader lines) throws IOException {
    byte[] line = lines.next();
    if (line == null) {
      return null;
    }
    boolean open = quotes(line) % 2 == 1;
    if (!open) {
      return new String(line, UTF_8);
    }
    ByteArrayOutputStream row = new ByteArrayOutputStream();
    row.write(line);
    while (open && row.size() < lines.mostBytes()) {
      byte[] more = lines.next();
      if (more == null) {
        break;
      }
      row.write('\n');
      row.write(more);
      open = quotes(more) % 2 == 0;
    }
    return new String(row.toByteArray(), UTF_8);
  }

  private static int quotes(byte[] line) {
    int quotes = 0;
    for (byte b : line) {
      quotes += b == '"' ? 1 : 0;
    }
    return quotes;
  }

  /** The values of a row; null for an empty one that is not quoted. */
  private static List<String> values(String row) {
    List<String> values = new ArrayList<>();
    int at = 0;
    while (true) {
      StringBuilder value = new StringBuilder();
      boolean quoted = at < row.length() && row.charAt(at) == '"';
      if (quoted) {
        at = quotedEnd(row, at + 1, value);
      }
      int comma = row.indexOf(',', at);
      int end = comma < 0 ? row.length() : comma;
      value.append(row, at, end);
      values.add(value.length() == 0 && !quoted ? null : value.toString());
      if (comma < 0) {
        return values;
      }
      at = comma + 1;
    }
  }

  /** Appends what is in quotes; where it ends, behind the quote. */
  private static int quotedEnd(String row, int from, StringBuilder value) {
    int at = from;
    while (at < row.length()) {
      char c = row.charAt(at);
      at++;
      if (c != '"') {
        value.append(c);
      } else if (at < row.length() && row.charAt(at) == '"') {
        value.append(c);
        at++;
      } else {
        return at;
      }
    }
    return at;
  }
}
