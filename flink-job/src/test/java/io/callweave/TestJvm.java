package io.callweave;

import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line of a JVM that a test starts as a process of its own. */
public final class TestJvm {
  /** It lives for seconds: the best compiler and many collecting threads would not repay. */
  private static final List<String> SHORT_LIVED =
      Arrays.asList("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private TestJvm() {}

  /**
   * The {@code java} that runs the tests, with a heap of at most this size; arguments and main
   * class are to be added.
   *
   * @param heap as in {@code -Xmx}, for example {@code 512m}
   */
  public static List<String> command(String heap) {
    List<String> command = new ArrayList<>();
    command.add(Paths.get(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.add("-Xmx" + heap);
    return command;
  }
}
