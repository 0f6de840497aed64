package io.callweave.options;

import java.net.URI;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One option of the job: its names, default, type and meaning.
 *
 * @param <T> type of the value
 */
final class Option<T> {
  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}");

  final String name;
  final List<String> environment;
  final String defaultText;
  final String meaning;

  /** The bounds of a number, both included; null for another type. */
  final Long least;

  final Long most;
  private final String wanted;
  private final Function<String, T> read;

  /**
   * An option.
   *
   * @param environment variables that are looked at, the first one set counts; may be empty
   * @param defaultText the default as a user would write it, null if there is none
   * @param least the least right number, null if the value is none
   * @param most the greatest
   * @param wanted what a right value is, for messages
   * @param read reads a value; null or an exception if it is not right
   */
  private Option(
      String name,
      List<String> environment,
      String defaultText,
      String meaning,
      Long least,
      Long most,
      String wanted,
      Function<String, T> read) {
    this.name = name;
    this.environment = environment;
    this.defaultText = defaultText;
    this.meaning = meaning;
    this.least = least;
    this.most = most;
    this.wanted = wanted;
    this.read = read;
  }

  /** One that is no number. */
  private static <T> Option<T> unbounded(
      String name, String defaultText, String meaning, String wanted, Function<String, T> read) {
    return new Option<>(
        name, Collections.emptyList(), defaultText, meaning, null, null, wanted, read);
  }

  static Option<String> text(String name, String defaultText, String meaning) {
    return unbounded(
        name,
        defaultText,
        meaning,
        "a text that is not empty",
        text -> text.isEmpty() ? null : text);
  }

  /** Brokers as {@link Brokers} reads them. */
  static Option<String> brokers(String name, String defaultText, String meaning) {
    return unbounded(name, defaultText, meaning, "HOST:PORT", Brokers::read);
  }

  /** The name of a topic, by Kafka's rule. */
  static Option<String> topic(String name, String defaultText, String meaning) {
    return unbounded(
        name,
        defaultText,
        meaning,
        "a topic name of 1 to 249 letters of ASCII, digits, '.', '_' and '-', other than '.' and"
            + " '..',",
        text -> TOPIC.matcher(text).matches() ? text : null);
  }

  /** The URI of a folder as Flink takes it. */
  static Option<String> folder(String name, String meaning) {
    return unbounded(
        name,
        null,
        meaning,
        "a URI as file:///checkpoints or s3://bucket/checkpoints",
        text -> {
          URI uri = URI.create(text);
          boolean inFolder = uri.getPath() != null && uri.getPath().length() > 1;
          return uri.getScheme() != null && inFolder ? text : null;
        });
  }

  /** A path of this machine, or a URI as Flink takes it; read as a URI. */
  static Option<String> place(String name, String meaning) {
    return unbounded(
        name, null, meaning, "a path, or a URI as s3://bucket/folder,", Option::readPlace);
  }

  private static String readPlace(String text) {
    if (text.trim().isEmpty()) {
      return null;
    }
    if (text.matches("[a-zA-Z][a-zA-Z0-9+.-]*:/.*")) {
      return text;
    }
    // A TaskManager's working folder is another.
    return "file:" + Paths.get(text).toAbsolutePath().normalize();
  }

  /** What each output is written to. */
  static Option<Sinks> sinks(String name, String defaultText, String meaning) {
    return unbounded(name, defaultText, meaning, Sinks.WANTED, Sinks::read);
  }

  static Option<String> choice(String name, String meaning, String... choices) {
    return unbounded(
        name,
        choices[0],
        meaning,
        String.join(" or ", choices),
        text -> Arrays.asList(choices).contains(text) ? text : null);
  }

  /** One or more of some words, with commas between. */
  static Option<List<String>> several(
      String name, List<String> defaults, String meaning, String... choices) {
    return unbounded(
        name,
        String.join(",", defaults),
        meaning,
        "one or more of " + String.join(", ", choices) + " with commas between",
        text -> {
          List<String> chosen = Arrays.asList(text.split(",", -1));
          boolean distinct = chosen.stream().distinct().count() == chosen.size();
          return distinct && Arrays.asList(choices).containsAll(chosen) ? chosen : null;
        });
  }

  static Option<Boolean> flag(String name, String meaning) {
    return unbounded(
        name,
        "off",
        meaning,
        "on or off",
        text -> {
          boolean on = text.equalsIgnoreCase("on") || text.equalsIgnoreCase("true");
          boolean off = text.equalsIgnoreCase("off") || text.equalsIgnoreCase("false");
          return (on || off) ? Boolean.valueOf(on) : null;
        });
  }

  /** An integer from {@code least} to {@code most}. */
  static Option<Long> number(
      String name, Long defaultValue, long least, long most, String meaning) {
    return new Option<>(
        name,
        Collections.emptyList(),
        defaultValue == null ? null : defaultValue.toString(),
        meaning,
        least,
        most,
        String.format("an integer from %d to %d", least, most),
        text -> {
          long value = Long.parseLong(text);
          return least <= value && value <= most ? value : null;
        });
  }

  /** The same option, also set by these environment variables. */
  Option<T> orEnvironment(String... variables) {
    return new Option<>(
        name, Arrays.asList(variables), defaultText, meaning, least, most, wanted, read);
  }

  /**
   * Reads a value.
   *
   * @param origin where it came from, for the message
   * @throws OptionsException if the value is not right
   */
  T read(String text, String origin) {
    T value;
    try {
      value = read.apply(text);
    } catch (OptionsException e) {
      // It says what is wrong, and does not quote what may be a secret.
      throw new OptionsException(origin + " " + e.getMessage());
    } catch (IllegalArgumentException e) {
      value = null;
    }
    if (value == null) {
      throw new OptionsException(
          String.format("%s is '%s'; %s is wanted (%s)", origin, text, wanted, meaning));
    }
    return value;
  }
}
