package io.callweave.options;

import static java.util.Collections.emptyMap;

/** Options without an environment, and why they are refused. */
final class Parsing {
  private Parsing() {}

  static JobOptions parse(String... args) {
    return JobOptions.parse(args, emptyMap());
  }

  static String refusalOf(String... args) {
    try {
      parse(args);
    } catch (OptionsException e) {
      return e.getMessage();
    }
    throw new AssertionError("not refused: " + String.join(" ", args));
  }
}
