package io.callweave.options;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A command line of {@code --name value}, {@code --name=value} and {@code --flag}.
 *
 * <p>The value of a property of Kafka can be a secret: it is in no message, however the command
 * line is written, and may begin like an option.
 */
final class Arguments {
  private Arguments() {}

  /**
   * Values by name; a name alone stands for {@code on}.
   *
   * @throws OptionsException if something is no option, or an option is given twice
   */
  static Map<String, String> parse(String[] args) {
    Map<String, String> values = new LinkedHashMap<>();
    String before = "";
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (!arg.startsWith("--") || arg.length() == 2) {
        throw new OptionsException(notAnOption(arg, before));
      }
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
      String value = "on";
      if (equals >= 0) {
        value = arg.substring(equals + 1);
      } else if (i + 1 < args.length && (isKafkas(name) || !args[i + 1].startsWith("--"))) {
        i++;
        value = args[i];
      } else if (isKafkas(name)) {
        throw new OptionsException(String.format("--%s has no value; one is wanted", name));
      }
      if (values.put(name, value) != null) {
        throw new OptionsException(String.format("--%s is given twice; once is wanted", name));
      }
      before = name;
    }
    return values;
  }

  private static boolean isKafkas(String name) {
    return name.startsWith(JobOptions.KAFKA_PREFIX);
  }

  private static String notAnOption(String arg, String before) {
    return isKafkas(before)
        ? String.format("--%s has more than one value; one with blanks is put in quotes", before)
        : String.format("'%s' is no option; options are written --name value", arg);
  }
}
