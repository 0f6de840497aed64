package io.callweave.options;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an output is written to. */
public enum SinkKind {
  KAFKA,
  FILES,
  PRINT;

  /** As a user writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<SinkKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
