package io.callweave.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.flink.util.FileUtils;

/** The files of one broker: settings, data, logs. */
final class BrokerFolder {
  private final Path path;

  private BrokerFolder(Path path) {
    this.path = path;
  }

  /** Makes an empty one below the temp folder. */
  static BrokerFolder create() {
    try {
      return new BrokerFolder(Files.createTempDirectory("callweave-kafka-"));
    } catch (IOException e) {
      throw new UncheckedIOException("no folder for the Kafka broker's data", e);
    }
  }

  Path path() {
    return path;
  }

  Path serverProperties() {
    return path.resolve("server.properties");
  }

  Path loggingProperties() {
    return path.resolve("log4j.properties");
  }

  /** Where the standard output of the broker's processes goes. */
  Path output() {
    return path.resolve("output.txt");
  }

  private Path log() {
    return path.resolve("broker.log");
  }

  /**
   * Settings of one node that is broker and controller, on the loopback only.
   *
   * @param secure a further listener, null for none
   */
  void writeSettings(int port, int controllerPort, SecureListener secure, int securePort) {
    Properties server = new Properties();
    server.setProperty("process.roles", "broker,controller");
    server.setProperty("node.id", "1");
    server.setProperty("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
    server.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
    server.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    server.setProperty("controller.listener.names", "CONTROLLER");
    server.setProperty(
        "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    server.setProperty("log.dirs", path.resolve("data").toString());
    // A killed broker is let in again only when the session of its former life is over.
    server.setProperty("broker.session.timeout.ms", "3000");
    server.setProperty("broker.heartbeat.interval.ms", "500");
    server.setProperty("auto.create.topics.enable", "false");
    server.setProperty("offsets.topic.replication.factor", "1");
    server.setProperty("offsets.topic.num.partitions", "1");
    server.setProperty("transaction.state.log.replication.factor", "1");
    server.setProperty("transaction.state.log.min.isr", "1");
    server.setProperty("transaction.state.log.num.partitions", "4");
    server.setProperty("group.initial.rebalance.delay.ms", "0");
    server.setProperty("log.cleaner.dedupe.buffer.size", "16777216");
    if (secure != null) {
      secure.addTo(server, securePort);
    }
    store(server, serverProperties());

    Properties logging = new Properties();
    logging.setProperty("log4j.rootLogger", "INFO, file");
    logging.setProperty("log4j.appender.file", "org.apache.log4j.FileAppender");
    logging.setProperty("log4j.appender.file.File", log().toString());
    logging.setProperty("log4j.appender.file.layout", "org.apache.log4j.PatternLayout");
    logging.setProperty("log4j.appender.file.layout.ConversionPattern", "%d %-5p %c - %m%n");
    store(logging, loggingProperties());
  }

  /** The last lines of what the broker wrote. */
  String endOfLogs() {
    StringBuilder end = new StringBuilder();
    for (Path file : Arrays.asList(output(), log())) {
      if (Files.exists(file)) {
        try {
          List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
          for (String line : lines.subList(Math.max(0, lines.size() - 20), lines.size())) {
            end.append('\n').append(line);
          }
        } catch (IOException e) {
          end.append("\n(").append(file).append(" cannot be read: ").append(e).append(')');
        }
      }
    }
    return end.toString();
  }

  /** Removes all of it. Does nothing the second time. */
  void delete() {
    try {
      FileUtils.deleteDirectory(path.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + path, e);
    }
  }

  private static void store(Properties properties, Path file) {
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
