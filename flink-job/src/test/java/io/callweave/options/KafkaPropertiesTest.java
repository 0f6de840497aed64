package io.callweave.options;

import static io.callweave.options.Parsing.parse;
import static io.callweave.options.Parsing.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The properties of the Kafka clients, which can be secrets. */
class KafkaPropertiesTest {
  private static final String SECRET = "s3cret";

  @TempDir Path folder;

  @Test
  void aPropertyOfTheUserGoesToEveryClient() {
    for (Properties properties : clientsOf("--kafka.security.protocol", "SASL_SSL")) {
      assertThat(properties).containsEntry("security.protocol", "SASL_SSL");
    }
  }

  @Test
  void aPropertyOfTheUserGoesBeforeWhatMeasuredWell() {
    JobOptions options =
        parse(
            "--kafka.batch.size=1",
            "--kafka.transaction.timeout.ms=60000",
            "--kafka.max.poll.records=3");
    assertThat(options.producerProperties())
        .containsEntry("batch.size", "1")
        .containsEntry("transaction.timeout.ms", "60000")
        .containsEntry("linger.ms", "20");
    assertThat(options.consumerProperties())
        .containsEntry("max.poll.records", "3")
        .containsEntry("fetch.min.bytes", "262144");
  }

  @Test
  void theTransactionsOutliveNoBrokersLimit() {
    assertThat(parse().producerProperties()).containsEntry("transaction.timeout.ms", "900000");
  }

  @Test
  void aCheckpointDoesNotSleepUntilATransactionHasItsCoordinator() {
    assertThat(parse().producerProperties()).containsEntry("retry.backoff.ms", "10");
    assertThat(parse("--kafka.retry.backoff.ms=50").producerProperties())
        .containsEntry("retry.backoff.ms", "50");
  }

  @Test
  void partitionsThatAreAddedAreFound() {
    assertThat(parse().consumerProperties())
        .containsKey("flink.partition-discovery.interval-millis");
  }

  @Test
  void aMissingInputTopicIsNotMadeByReadingIt() {
    assertThat(parse().consumerProperties()).containsEntry("allow.auto.create.topics", "false");
  }

  @Test
  void aFileHoldsPropertiesAndTheCommandLineGoesBeforeIt() throws IOException {
    Path file = file("security.protocol=SSL\nssl.key.password=" + SECRET + "\n");
    for (Properties properties :
        clientsOf("--kafka.security.protocol=SASL_SSL", "--kafka-config", file.toString())) {
      assertThat(properties)
          .containsEntry("security.protocol", "SASL_SSL")
          .containsEntry("ssl.key.password", SECRET);
    }
  }

  @Test
  void aFileThatCannotBeReadIsRefusedByName() throws IOException {
    String missing = folder.resolve("missing").toString();
    assertThat(refusalOf("--kafka-config", missing)).contains(missing).contains("properties file");
    Path broken = file("ssl.key.password=" + SECRET + "\\u00zz\n");
    assertThat(refusalOf("--kafka-config", broken.toString()))
        .contains(broken.toString())
        .doesNotContain(SECRET);
  }

  @Test
  void aByteOrderMarkBeforeAFileIsNoPartOfTheFirstName() throws IOException {
    Path file = file("security.protocol=SSL\n");
    byte[] marked =
        "\u00ef\u00bb\u00bfsecurity.protocol=SSL\n".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(file, marked);
    assertThat(parse("--kafka-config", file.toString()).adminProperties())
        .containsEntry("security.protocol", "SSL");
  }

  @Test
  void aFileWithoutAnEndIsNotReadToItsEnd() {
    assertThat(refusalOf("--kafka-config", "/dev/zero"))
        .contains("/dev/zero cannot be read (larger than 1 MiB)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bootstrap.servers",
        "group.id",
        "auto.offset.reset",
        "isolation.level",
        "enable.auto.commit",
        "allow.auto.create.topics",
        "transactional.id",
        "key.serializer",
        "value.serializer",
        "key.deserializer",
        "value.deserializer",
      })
  void aPropertyThatTheJobOwnsIsRefused(String name) throws IOException {
    assertThat(refusalOf("--kafka." + name, SECRET))
        .startsWith("--kafka." + name)
        .doesNotContain(SECRET);
    Path file = file(name + "=" + SECRET + "\n");
    assertThat(refusalOf("--kafka-config", file.toString()))
        .startsWith(file.toString())
        .contains(name)
        .doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.sun.security.auth.module.JndiLoginModule",
        "com.sun.security.auth.module.LdapLoginModule",
        // The same, as Kafka reads it.
        "\"com.sun.security.auth.module.\\112ndiLoginModule\"",
      })
  void aLoginModuleThatRunsForeignCodeIsRefused(String module) throws IOException {
    String jaas = module + " required userProvider=\"" + SECRET + "\";";
    assertThat(refusalOf("--kafka.sasl.jaas.config", jaas))
        .startsWith("--kafka.sasl.jaas.config names")
        .contains("LoginModule", "org.apache.kafka.common.security")
        .doesNotContain(SECRET);
    Path file = file("sasl.jaas.config=" + jaas.replace("\\", "\\\\") + "\n");
    assertThat(refusalOf("--kafka-config", file.toString()))
        .startsWith(file.toString())
        .doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.kafka.common.security.plain.PlainLoginModule required password=\"p\";",
        "com.sun.security.auth.module.Krb5LoginModule required;",
        "org.apache.kafka.common.security.plain.PlainLoginModule required"
            + " password=\"com.sun.security.auth.module.JndiLoginModule\";",
        "${file:/run/secrets/kafka:jaas}",
      })
  void anyOtherLoginIsLeftToKafka(String jaas) {
    for (Properties properties : clientsOf("--kafka.sasl.jaas.config", jaas)) {
      assertThat(properties).containsEntry("sasl.jaas.config", jaas);
    }
  }

  /** Command lines with something wrong in them, and the secret as it might stand there. */
  static List<List<String>> wrongCommandLines() {
    return Arrays.asList(
        Arrays.asList("--kafka.ssl.key.password", SECRET, "--max-link", "5"),
        Arrays.asList("--kafka.ssl.key.password", SECRET, "--max-links", "none"),
        Arrays.asList("--kafka.ssl.key.password", SECRET, "--kafka.ssl.key.password", SECRET),
        Arrays.asList("--kafka.ssl.key.password=" + SECRET, "--kafka.group.id", SECRET),
        Arrays.asList("--kafka.ssl.key.password", SECRET, "--output-topic", "test-topic"),
        Arrays.asList("--kafka.ssl.key.password=", SECRET),
        Arrays.asList("--kafka.sasl.jaas.config", "Login", SECRET + ";"));
  }

  @ParameterizedTest
  @MethodSource("wrongCommandLines")
  void noMessageShowsASecret(List<String> args) {
    assertThat(refusalOf(args.toArray(new String[0]))).doesNotContain(SECRET);
  }

  @Test
  void aSecretMayBeginLikeAnOption() {
    String secret = "--" + SECRET;
    for (Properties properties : clientsOf("--kafka.ssl.key.password", secret)) {
      assertThat(properties).containsEntry("ssl.key.password", secret);
    }
  }

  @Test
  void aPropertyWithoutAValueIsRefused() {
    assertThat(refusalOf("--kafka.security.protocol")).contains("--kafka.security.protocol");
  }

  @Test
  void noSecretIsShown() throws IOException {
    Path file = file("sasl.jaas.config=" + SECRET + "\n");
    assertThat(parse("--kafka.ssl.key.password", SECRET, "--kafka-config", file.toString()).shown())
        .doesNotContainKey("kafka.ssl.key.password")
        .containsEntry("kafka-config", file.toString())
        .doesNotContainValue(SECRET);
  }

  private Path file(String content) throws IOException {
    Path file = Files.createTempFile(folder, "kafka", ".properties");
    return Files.write(file, content.getBytes(StandardCharsets.UTF_8));
  }

  private static List<Properties> clientsOf(String... args) {
    JobOptions options = parse(args);
    return Arrays.asList(
        options.adminProperties(), options.consumerProperties(), options.producerProperties());
  }
}
