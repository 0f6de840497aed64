package io.callweave.bench.literal;

import java.util.Comparator;

/** Ids as they stand in the JSON, a string with its quotes. They have no escapes. */
final class Ids {
  /** By their text, an integer before the string of the same text. */
  static final Comparator<String> ORDER =
      Comparator.comparing(Ids::text).thenComparing(Ids::isString);

  private Ids() {}

  /** Without quotes. */
  static String text(String id) {
    return isString(id) ? id.substring(1, id.length() - 1) : id;
  }

  private static boolean isString(String id) {
    return id.charAt(0) == '"';
  }
}
