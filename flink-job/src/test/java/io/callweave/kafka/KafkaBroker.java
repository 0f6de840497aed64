package io.callweave.kafka;

import io.callweave.TestJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * A real Kafka broker (KRaft, one node) as a process of its own, on the loopback only.
 *
 * <p>Its class path is not the test's: the job needs an old client, and a process of its own can be
 * killed, paused and started again on the same port and data. The system property {@value #PARTS}
 * names the folder of the broker's jars. No broker outlives the JVM that started it, however that
 * ends.
 *
 * <p>One thread at a time.
 */
public final class KafkaBroker implements AutoCloseable {
  /** Names the folder with the jars of a Kafka broker. */
  public static final String PARTS = "callweave.kafka.parts";

  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final int PORT_TRIES = 3;

  /**
   * Brokers with a guard. One that a test has let go must not be collected: its guard would take
   * the closed stream for the end of the JVM.
   */
  private static final Set<KafkaBroker> GUARDED = ConcurrentHashMap.newKeySet();

  private final String jars;
  private final BrokerFolder folder;
  private final SecureListener secure;
  private int port;
  private int securePort;
  private Process process;
  private Process guard;

  private KafkaBroker(String jars, BrokerFolder folder, SecureListener secure) {
    this.jars = jars;
    this.folder = folder;
    this.secure = secure;
  }

  /**
   * Starts a broker with no topics; returns when it answers, after a few seconds.
   *
   * @throws IllegalStateException if {@value #PARTS} does not name the jars, or the broker does not
   *     start; the message ends with the end of its log
   */
  public static KafkaBroker start() {
    return start(null);
  }

  /** Starts one that has this listener, too. */
  public static KafkaBroker start(SecureListener secure) {
    String jars = jars();
    for (int attempt = 1; ; attempt++) {
      KafkaBroker broker = new KafkaBroker(jars, BrokerFolder.create(), secure);
      try {
        broker.format();
        broker.launch();
        return broker;
      } catch (RuntimeException e) {
        broker.close();
        // The port was free when it was chosen.
        boolean portTaken = String.valueOf(e.getMessage()).contains("Address already in use");
        if (!portTaken || attempt == PORT_TRIES) {
          throw e;
        }
      }
    }
  }

  /** What a client gives as {@code bootstrap.servers}. */
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /** The same at the listener that it was started with. */
  public String secureBootstrap() {
    return "127.0.0.1:" + securePort;
  }

  /** Ends the broker as {@code kill -9} does. What it had accepted stays in its data folder. */
  public void kill() {
    dismissGuard();
    end(process);
  }

  /** Stops the broker from running, its connections stay open: to a client it hangs. */
  public void pause() {
    signal("STOP");
  }

  /** Lets a paused broker go on. */
  public void resume() {
    signal("CONT");
  }

  /**
   * Starts a broker anew on the same port and data, after {@link #kill} or instead of it; returns
   * when it answers.
   */
  public void restart() {
    kill();
    launch();
  }

  /** Ends the broker and deletes its data. Can be called twice. */
  @Override
  public void close() {
    try {
      if (process != null) {
        kill();
      }
    } finally {
      folder.delete();
    }
  }

  private void format() {
    port = freePort();
    securePort = freePort();
    folder.writeSettings(port, freePort(), secure, securePort);
    List<String> arguments =
        new ArrayList<>(
            Arrays.asList(
                "format",
                "--cluster-id",
                "callweave-test-0000000",
                "--config",
                folder.serverProperties().toString()));
    if (secure != null) {
      arguments.addAll(Arrays.asList("--add-scram", secure.scramUser()));
    }
    run("kafka.tools.StorageTool", arguments.toArray(new String[0]));
    if (exitCode(START_LIMIT) != 0) {
      throw failed("could not format its data folder");
    }
  }

  private void launch() {
    run("kafka.Kafka", folder.serverProperties().toString());
    watchOver();
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    Properties client = new Properties();
    client.setProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
    client.setProperty(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, "200");
    try (AdminClient admin = AdminClient.create(client)) {
      while (!answers(admin)) {
        if (!process.isAlive()) {
          throw failed("ended with code " + process.exitValue());
        }
        if (System.nanoTime() > deadline) {
          throw failed("did not answer within " + START_LIMIT.getSeconds() + " s");
        }
      }
    }
  }

  /** Whether the broker is open to clients: it names itself only then. */
  private static boolean answers(AdminClient admin) {
    try {
      return !admin.describeCluster().nodes().get(2, TimeUnit.SECONDS).isEmpty();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException | TimeoutException notYet) {
      return false;
    }
  }

  /**
   * Starts a process that waits for the end of this JVM, which it sees by its input, and then ends
   * the broker. A shutdown hook would not run in a JVM that is killed.
   */
  private void watchOver() {
    // A process that is being killed can still make a file: the folder may not go at once.
    String script =
        "trap '' HUP INT TERM; while read -r _; do :; done; kill -9 \"$1\";"
            + " for _ in 1 2 3 4 5; do rm -rf \"$2\" && break; sleep 0.2; done";
    String[] command = {
      "sh", "-c", script, "guard", Long.toString(pid()), folder.path().toString()
    };
    try {
      guard = new ProcessBuilder(command).start();
      GUARDED.add(this);
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + command[0], e);
    }
  }

  private void dismissGuard() {
    if (guard != null) {
      end(guard);
      guard = null;
      GUARDED.remove(this);
    }
  }

  private static void end(Process process) {
    process.destroyForcibly();
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("a process of the Kafka broker outlives its kill -9");
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** Starts one of Kafka's main classes as {@link #process}. */
  private void run(String mainClass, String... arguments) {
    List<String> command = TestJvm.command("512m");
    command.add("-Djava.io.tmpdir=" + folder.path());
    command.add("-Dlog4j.configuration=file:" + folder.loggingProperties());
    command.add("-cp");
    command.add(jars);
    command.add(mainClass);
    command.addAll(Arrays.asList(arguments));
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.output().toFile()))
              .start();
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + command.get(0), e);
    }
  }

  private int exitCode(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS) ? process.exitValue() : -1;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private void signal(String name) {
    try {
      int code =
          new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (code != 0) {
        throw new IllegalStateException("kill -" + name + " ended with code " + code);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not run the command kill", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** {@code Process.pid()} is of Java 9; Java 8 keeps the number in a field. */
  private long pid() {
    try {
      return ((Number) Process.class.getMethod("pid").invoke(process)).longValue();
    } catch (ReflectiveOperationException java8) {
      try {
        Field pid = process.getClass().getDeclaredField("pid");
        pid.setAccessible(true);
        return pid.getInt(process);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot tell the process id of the Kafka broker", e);
      }
    }
  }

  private IllegalStateException failed(String what) {
    return new IllegalStateException(
        "the Kafka broker " + what + "; its log ends:" + folder.endOfLogs());
  }

  private static String jars() {
    String parts = System.getProperty(PARTS);
    if (parts == null || parts.isEmpty()) {
      throw new IllegalStateException(
          "the system property "
              + PARTS
              + " must name the folder of the Kafka broker's jars: scripts/fetch-parts kafka puts"
              + " them into .local/parts/kafka, then say -D"
              + PARTS
              + "=$PWD/.local/parts/kafka");
    }
    Path folder = Paths.get(parts).toAbsolutePath();
    if (!Files.isDirectory(folder)) {
      throw new IllegalStateException(
          PARTS + " names " + folder + ", which is no folder: scripts/fetch-parts kafka fills it");
    }
    return folder.resolve("*").toString();
  }

  /**
   * Below the range of ports from which connections go out: a client that keeps trying to reach a
   * killed broker could be given that very port as its own, and the broker would not get it back.
   */
  private static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(12_000, 30_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no port between 12000 and 30000 is free");
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while waiting for the Kafka broker", e);
  }
}
