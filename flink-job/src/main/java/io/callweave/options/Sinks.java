package io.callweave.options;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What each output is written to: {@code files} for all, {@code links=kafka,chains=files} by
 * output, or both, where the word alone stands for all that are not named.
 */
final class Sinks {
  /** What can be named. */
  static final List<String> OUTPUTS =
      Arrays.asList(
          JobOptionTable.LINKS,
          JobOptionTable.CHAINS,
          JobOptionTable.EDGES,
          JobOptionTable.SPANS,
          JobOptionTable.ALERTS_OUTPUT,
          JobOptionTable.REJECTS);

  static final String WANTED =
      "kafka, rocketmq, files or print, for all outputs, or by output as links=kafka,chains=files,";

  private final String text;
  private final SinkKind others;
  private final Map<String, SinkKind> named;

  private Sinks(String text, SinkKind others, Map<String, SinkKind> named) {
    this.text = text;
    this.others = others;
    this.named = named;
  }

  /** Reads what a user wrote; null if it is not right. */
  static Sinks read(String text) {
    SinkKind others = null;
    Map<String, SinkKind> named = new HashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      SinkKind kind = SinkKind.of(part.substring(equals + 1)).orElse(null);
      String output = part.substring(0, Math.max(equals, 0));
      if (kind == null) {
        return null;
      }
      if (equals < 0) {
        if (others != null) {
          return null;
        }
        others = kind;
      } else if (!OUTPUTS.contains(output) || named.put(output, kind) != null) {
        return null;
      }
    }
    return new Sinks(text, others == null ? SinkKind.KAFKA : others, named);
  }

  /** What an output is written to. */
  SinkKind of(String output) {
    return named.getOrDefault(output, others);
  }

  /** The outputs that are named. */
  Set<String> named() {
    return named.keySet();
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
