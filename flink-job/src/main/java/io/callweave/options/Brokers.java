package io.callweave.options;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where brokers are: {@code HOST:PORT}, with commas between. The command {@code callweave} has the
 * same rule; a table of values holds both to it.
 */
final class Brokers {
  private static final String RIGHT =
      "HOST:PORT is wanted, as kafka:9092 or [::1]:9092, with commas between brokers";
  private static final Pattern HOST = Pattern.compile("[0-9A-Za-z._-]+");

  /** In brackets, perhaps with a zone such as {@code %eth0}. */
  private static final Pattern IPV6 =
      Pattern.compile("\\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)(%[0-9A-Za-z._-]+)?]");

  private static final Pattern PORT = Pattern.compile("[0-9]{1,10}");
  private static final Pattern HOST_AND_PORT = Pattern.compile("(\\[[^]]*]|[^:]*)(?::(.*))?");
  private static final int MAX_PORT = 65_535;

  private Brokers() {}

  /**
   * Reads a list of brokers. Blanks around a comma do not count.
   *
   * @throws OptionsException which broker is wrong, to follow the name of the option; if there may
   *     be a password in the list, none of it is shown
   */
  static String read(String text) {
    String[] brokers = text.split(",", -1);
    for (int i = 0; i < brokers.length; i++) {
      brokers[i] = brokers[i].trim();
      String fault = fault(brokers[i]);
      if (fault != null) {
        boolean shown = !brokers[i].isEmpty() && text.indexOf('@') < 0;
        String broker =
            shown
                ? "'" + brokers[i] + "'"
                : String.format("broker %d of %d", i + 1, brokers.length);
        throw new OptionsException(String.format("is wrong: %s %s; %s", broker, fault, RIGHT));
      }
    }
    return String.join(",", brokers);
  }

  /** What is wrong with a broker, null if nothing is. */
  private static String fault(String broker) {
    if (broker.isEmpty()) {
      return "is empty";
    }
    if (broker.indexOf('@') >= 0) {
      return "has a user or a password (not shown), which go into the file of --kafka-config";
    }
    if (broker.contains("://")) {
      return "has a protocol, which goes into the file of --kafka-config as security.protocol";
    }
    if (broker.chars().anyMatch(Character::isWhitespace)) {
      return "has a blank in it";
    }
    Matcher parts = HOST_AND_PORT.matcher(broker);
    if (!parts.matches()) {
      return "has no IPv6 address between the brackets";
    }
    String host = parts.group(1);
    String port = parts.group(2);
    if (host.isEmpty()) {
      return "has no host";
    }
    if (port == null) {
      return "has no port";
    }
    if (host.startsWith("[")) {
      return isIpv6(host) ? faultOfPort(port) : "has no IPv6 address between the brackets";
    }
    if (port.indexOf(':') >= 0) {
      return "has more than one colon: an IPv6 address is put in brackets";
    }
    return HOST.matcher(host).matches()
        ? faultOfPort(port)
        : "has a host with other characters than letters of ASCII, digits, '.', '_' and '-'";
  }

  private static boolean isIpv6(String host) {
    Matcher parts = IPV6.matcher(host);
    try {
      // With a colon in it, it is not looked up as a name.
      return parts.matches() && InetAddress.getByName(parts.group(1)) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static String faultOfPort(String port) {
    boolean right =
        PORT.matcher(port).matches()
            && Long.parseLong(port) >= 1
            && Long.parseLong(port) <= MAX_PORT;
    return right ? null : "has a port that is no number from 1 to 65535";
  }
}
