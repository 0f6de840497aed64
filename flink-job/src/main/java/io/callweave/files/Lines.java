package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;

/** Records as lines of JSON. */
public final class Lines {
  private Lines() {}

  /**
   * A result. A field that was passed through may have been written over several lines: between
   * tokens, the only place where JSON can have their ends, a blank does as well.
   */
  public static byte[] result(ResultRecord record) {
    byte[] line = record.value;
    for (int i = 0; i < line.length; i++) {
      if (line[i] == '\n' || line[i] == '\r') {
        return oneLine(line, i);
      }
    }
    return line;
  }

  private static byte[] oneLine(byte[] value, int from) {
    byte[] line = value.clone();
    for (int i = from; i < line.length; i++) {
      if (line[i] == '\n' || line[i] == '\r') {
        line[i] = ' ';
      }
    }
    return line;
  }

  /**
   * A reject: its reason, where it was read, and its value, as {@code value} if it is text and as
   * {@code value_base64} if not.
   *
   * @param source the topic, where a record does not name what it was read from
   */
  public static byte[] reject(RejectedRecord rejected, String source) {
    StringBuilder line = new StringBuilder("{\"reason\":");
    string(line, rejected.reason);
    line.append(",\"detail\":");
    string(line, rejected.detail);
    line.append(",\"source\":");
    string(line, rejected.record.source == null ? source : rejected.record.source);
    line.append(",\"split\":").append(rejected.record.split);
    line.append(",\"position\":").append(rejected.record.position);
    value(line, rejected.record.value);
    return line.append('}').toString().getBytes(UTF_8);
  }

  private static void value(StringBuilder line, byte[] value) {
    if (value == null) {
      line.append(",\"value\":null");
      return;
    }
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      line.append(",\"value\":");
      string(line, text);
    } catch (CharacterCodingException e) {
      line.append(",\"value_base64\":");
      string(line, Base64.getEncoder().encodeToString(value));
    }
  }

  static void string(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        line.append('\\').append(c);
      } else if (c < ' ') {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    line.append('"');
  }
}
