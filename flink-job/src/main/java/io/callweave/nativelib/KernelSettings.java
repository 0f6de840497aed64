package io.callweave.nativelib;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.StringJoiner;

/** The settings of a kernel by the names of its configuration: what a kernel is opened with. */
public final class KernelSettings {
  private final StringJoiner fields = new StringJoiner(",", "{", "}");

  /** Sets a number. */
  public KernelSettings with(String name, long value) {
    return add(name, Long.toString(value));
  }

  /** Sets a truth value. */
  public KernelSettings with(String name, boolean value) {
    return add(name, Boolean.toString(value));
  }

  /** Sets a text. */
  public KernelSettings with(String name, String value) {
    StringBuilder json = new StringBuilder("\"");
    for (int at = 0; at < value.length(); at++) {
      char character = value.charAt(at);
      if (character < ' ' || character == '"' || character == '\\') {
        json.append(String.format("\\u%04x", (int) character));
      } else {
        json.append(character);
      }
    }
    return add(name, json.append('"').toString());
  }

  /** Sets settings of a part of the kernel. */
  public KernelSettings with(String name, KernelSettings part) {
    return add(name, part.fields.toString());
  }

  private KernelSettings add(String name, String json) {
    fields.add('"' + name + "\":" + json);
    return this;
  }

  /** A JSON object. */
  byte[] bytes() {
    return fields.toString().getBytes(UTF_8);
  }
}
