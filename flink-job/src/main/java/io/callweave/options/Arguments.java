package io.callweave.options;

import java.util.LinkedHashMap;
import java.util.Map;

/** A command line of {@code --name value}, {@code --name=value} and {@code --flag}. */
final class Arguments {
  private Arguments() {}

  /**
   * Values by name; a name alone stands for {@code on}.
   *
   * @throws OptionsException if something is no option, or an option is given twice
   */
  static Map<String, String> parse(String[] args) {
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (!arg.startsWith("--") || arg.length() == 2) {
        throw new OptionsException(
            String.format("'%s' is no option; options are written --name value", arg));
      }
      int equals = arg.indexOf('=');
      String name = equals < 0 ? arg.substring(2) : arg.substring(2, equals);
      String value = "on";
      if (equals >= 0) {
        value = arg.substring(equals + 1);
      } else if (i + 1 < args.length && !args[i + 1].startsWith("--")) {
        i++;
        value = args[i];
      }
      if (values.put(name, value) != null) {
        throw new OptionsException(String.format("--%s is given twice; once is wanted", name));
      }
    }
    return values;
  }
}
