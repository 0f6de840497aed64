package io.callweave.options;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an output is written to. */
public enum SinkKind {
  KAFKA,
  ROCKETMQ,
  FILES,
  PRINT;

  /** As a user writes it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it takes records as they are, be they text or not. */
  public boolean hasTopics() {
    return this == KAFKA || this == ROCKETMQ;
  }

  static Optional<SinkKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }
}
