package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The native methods under random arguments, in a JVM of its own, which a crash would end. */
class BorderTest {
  private static final int THREADS = 3;
  private static final int CALLS = 150_000;
  private static final long LIMIT_S = 300;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void noArgumentsBringDownTheJvm(long seed) throws Exception {
    Path output = folder.resolve("output");
    Process jvm =
        new ProcessBuilder(
                Paths.get(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:MaxDirectMemorySize=1g",
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "-cp",
                System.getProperty("java.class.path"),
                BorderTest.class.getName(),
                Long.toString(seed))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(jvm.waitFor(LIMIT_S, TimeUnit.SECONDS)).isTrue();
    } finally {
      jvm.destroyForcibly();
    }
    String printed = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    assertThat(jvm.exitValue()).as(printed).isZero();
    Map<String, long[]> outcomes = new HashMap<>();
    for (String line : Files.readAllLines(output, StandardCharsets.UTF_8)) {
      String[] words = line.split(" ", -1);
      outcomes.put(words[0], new long[] {Long.parseLong(words[1]), Long.parseLong(words[2])});
    }
    assertThat(outcomes.keySet()).containsExactlyInAnyOrderElementsOf(methods());
    // Were nothing ever accepted, or nothing refused, nothing would have been shown.
    outcomes.forEach(
        (method, outcome) -> {
          if (!NEED_STATE.contains(method)) {
            assertThat(outcome[0]).as(method + " returned").isGreaterThan(100);
          }
          if (!method.equals("abiVersion") && !method.equals("methodTable")) {
            assertThat(outcome[1]).as(method + " refused").isGreaterThan(100);
          }
        });
  }

  /** Methods of kernels that keep state, of which the library has none so far. */
  private static final List<String> NEED_STATE = Arrays.asList("load", "save");

  private static List<String> methods() {
    NativeLibrary.load();
    List<String> methods = new ArrayList<>();
    for (String line : NativeKernels.methodTable().split("\n", -1)) {
      methods.add(line.substring(0, line.indexOf('(')));
    }
    return methods;
  }

  /** The JVM of its own: a seed gives the arguments, though not how the threads meet. */
  public static void main(String[] args) throws Exception {
    NativeLibrary.load();
    long seed = Long.parseLong(args[0]);
    RandomCalls.Shared shared = new RandomCalls.Shared();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<BorderTally>> running = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      running.add(threads.submit(new RandomCalls(seed * THREADS + i, shared, CALLS)));
    }
    threads.shutdown();
    BorderTally all = new BorderTally();
    for (Future<BorderTally> each : running) {
      all.add(each.get());
    }
    System.out.print(all);
  }
}
