package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.TimeUnit;

/**
 * A session cluster of Flink's own jars and its client, each a process of its own with its own
 * configuration: what the client sets the cluster does not know, and the other way round.
 */
final class StandaloneFlink implements AutoCloseable {
  private static final Path JARS = Paths.get("..", ".local", "parts", "flink");
  private static final String JOB_MANAGER =
      "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
  private static final String TASK_MANAGER =
      "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
  private static final int CLIENT_LIMIT_S = 300;
  private static final int SLOTS = 5;

  /** What Flink 1.12 reflects on; Java 8 has no modules. */
  private static final List<String> MODULE_FLAGS =
      Arrays.asList(
          "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED");

  /** Ends the process when the input ends: that is when this JVM does, however it ends. */
  private static final String GUARD =
      "\"$@\" < /dev/null & child=$!; cat > /dev/null; kill -9 $child; wait";

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final String rest;

  /**
   * Starts a JobManager and a TaskManager.
   *
   * @param folder of all that they write
   * @param settings lines for the cluster's {@code flink-conf.yaml}, not for the client's
   */
  StandaloneFlink(Path folder, String... settings) throws Exception {
    assumeTrue(
        Files.isDirectory(JARS),
        () -> "skipped: no jars of Flink at " + JARS + "; scripts/fetch-parts flink");
    this.folder = folder;
    int restPort = freePort();
    rest = "http://127.0.0.1:" + restPort;
    List<String> client = Arrays.asList("rest.address: 127.0.0.1", "rest.port: " + restPort);
    List<String> cluster = new ArrayList<>(client);
    cluster.addAll(
        Arrays.asList(
            "jobmanager.rpc.address: 127.0.0.1",
            "jobmanager.bind-host: 127.0.0.1",
            "jobmanager.rpc.port: " + freePort(),
            "rest.bind-address: 127.0.0.1",
            "taskmanager.host: 127.0.0.1",
            "taskmanager.bind-host: 127.0.0.1",
            "taskmanager.numberOfTaskSlots: " + SLOTS,
            "taskmanager.cpu.cores: 1",
            "taskmanager.memory.task.heap.size: 384m",
            "taskmanager.memory.task.off-heap.size: 128m",
            "taskmanager.memory.network.min: 64m",
            "taskmanager.memory.network.max: 64m",
            "taskmanager.memory.managed.size: 256m",
            "taskmanager.memory.framework.heap.size: 128m",
            "taskmanager.memory.framework.off-heap.size: 128m",
            "taskmanager.memory.jvm-metaspace.size: 128m",
            "taskmanager.memory.jvm-overhead.min: 64m",
            "taskmanager.memory.jvm-overhead.max: 64m",
            "io.tmp.dirs: " + folder));
    cluster.addAll(Arrays.asList(settings));
    write("client", client);
    write("cluster", cluster);
    start(JOB_MANAGER);
    start(TASK_MANAGER);
    try {
      Eventually.holds("a TaskManager offers its slots", this::hasSlots);
    } catch (AssertionError e) {
      close();
      throw new AssertionError(e.getMessage() + "\n" + output(), e);
    }
  }

  /** Runs {@code flink}; what it printed. */
  String flink(String... arguments) throws Exception {
    List<String> command = java("org.apache.flink.client.cli.CliFrontend");
    command.addAll(Arrays.asList(arguments));
    Path output = Files.createTempFile(folder, "client", ".out");
    Process client = launch(command, output);
    assertThat(client.waitFor(CLIENT_LIMIT_S, TimeUnit.SECONDS)).as(command.toString()).isTrue();
    String text = new String(Files.readAllBytes(output), UTF_8);
    assertThat(client.exitValue()).as(text).isZero();
    return text;
  }

  /** Uploads a jar and runs it over REST, as the UI does; the answer. */
  String runOverRest(Path jar, String... arguments) throws Exception {
    String boundary = "callweave-part";
    HttpURLConnection upload = connect("/jars/upload");
    upload.setRequestProperty("Content-Type", "multipart/form-data; boundary=" + boundary);
    try (OutputStream out = upload.getOutputStream()) {
      out.write(
          ("--"
                  + boundary
                  + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\""
                  + jar.getFileName()
                  + "\"\r\nContent-Type: application/x-java-archive\r\n\r\n")
              .getBytes(UTF_8));
      Files.copy(jar, out);
      out.write(("\r\n--" + boundary + "--\r\n").getBytes(UTF_8));
    }
    String id = answer(upload).replaceAll(".*/([^/\"]+)\",\"status\".*", "$1");
    HttpURLConnection run = connect("/jars/" + id + "/run");
    run.setRequestProperty("Content-Type", "application/json");
    try (OutputStream out = run.getOutputStream()) {
      String list = "[\"" + String.join("\",\"", arguments) + "\"]";
      out.write(("{\"parallelism\":1,\"programArgsList\":" + list + "}").getBytes(UTF_8));
    }
    return answer(run);
  }

  @Override
  public void close() throws IOException {
    for (Process process : processes) {
      process.getOutputStream().close();
    }
    try {
      for (Process process : processes) {
        process.waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the processes of Flink end", e);
    }
  }

  private HttpURLConnection connect(String path) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(rest + path).openConnection();
    connection.setDoOutput(true);
    return connection;
  }

  private static String answer(HttpURLConnection connection) throws IOException {
    boolean refused = connection.getResponseCode() >= 400;
    try (InputStream in = refused ? connection.getErrorStream() : connection.getInputStream();
        Scanner text = new Scanner(in, UTF_8.name()).useDelimiter("\\A")) {
      String answer = text.hasNext() ? text.next() : "";
      assertThat(refused).as(answer).isFalse();
      return answer;
    }
  }

  private boolean hasSlots() throws IOException {
    try {
      HttpURLConnection overview = (HttpURLConnection) new URL(rest + "/overview").openConnection();
      // A JobManager that listens, but does not lead yet, says so.
      return overview.getResponseCode() != HttpURLConnection.HTTP_UNAVAILABLE
          && answer(overview).contains("\"slots-available\":" + SLOTS);
    } catch (java.net.ConnectException notYet) {
      return false;
    }
  }

  /** What the JobManager and the TaskManager have printed: errors, if they end too soon. */
  private String output() throws IOException {
    StringBuilder output = new StringBuilder();
    for (String mainClass : Arrays.asList(JOB_MANAGER, TASK_MANAGER)) {
      output.append(new String(Files.readAllBytes(outputOf(mainClass)), UTF_8));
    }
    return output.toString();
  }

  private Path outputOf(String mainClass) {
    return folder.resolve(mainClass + ".out");
  }

  private void write(String configuration, List<String> settings) throws IOException {
    Path conf = Files.createDirectories(folder.resolve(configuration));
    Files.write(conf.resolve("flink-conf.yaml"), settings);
  }

  private void start(String mainClass) throws IOException {
    List<String> command = new ArrayList<>(Arrays.asList("sh", "-c", GUARD, "guard"));
    command.addAll(java(mainClass));
    command.addAll(Arrays.asList("--configDir", folder.resolve("cluster").toString()));
    processes.add(launch(command, outputOf(mainClass)));
  }

  private List<String> java(String mainClass) {
    List<String> command = TestJvm.command("768m");
    if (!System.getProperty("java.specification.version").startsWith("1.")) {
      command.addAll(MODULE_FLAGS);
    }
    command.add("-Djava.io.tmpdir=" + folder);
    command.add("-cp");
    command.add(JARS.toAbsolutePath() + "/*");
    command.add(mainClass);
    return command;
  }

  private Process launch(List<String> command, Path output) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("FLINK_CONF_DIR", folder.resolve("client").toString());
    return builder.start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
