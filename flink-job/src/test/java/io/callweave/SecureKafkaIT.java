package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.callweave.kafka.KafkaBroker;
import io.callweave.kafka.SecureListener;
import io.callweave.kafka.Topics;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.testing.Calls;
import io.callweave.testing.CapturedLog;
import io.callweave.testing.NaiveLinks;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The job at a broker that wants TLS, a certificate and a login. Whatever happens there, no
 * password is in a log, on a page of Flink's or in an error.
 */
class SecureKafkaIT {
  private static final int MAX_LINKS = 1000;
  private static final String EXACTLY_ONCE = "secure-SCRAM-SHA-512-file";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @TempDir static Path folder;
  private static SecureListener secure;
  private static KafkaBroker broker;
  private static Topics topics;

  private final CapturedLog log = new CapturedLog();

  @BeforeAll
  static void startBroker() {
    secure = SecureListener.create(folder);
    broker = KafkaBroker.start(secure);
    topics = new Topics(broker.bootstrap());
  }

  @AfterAll
  static void stopBroker() {
    topics.close();
    broker.close();
  }

  @AfterEach
  void closeLog() {
    log.close();
  }

  @ParameterizedTest(name = "{0}, properties on the {1}")
  @CsvSource({
    "PLAIN, command line",
    "PLAIN, file",
    "SCRAM-SHA-512, command line",
    "SCRAM-SHA-512, file",
    "SCRAM-SHA-512, file that points to secrets"
  })
  void theJobRunsOverTlsWithALoginAndShowsNoPassword(String mechanism, String way)
      throws Exception {
    String name = ("secure-" + mechanism + "-" + way).replace(' ', '-');
    JobTopics own = new JobTopics(topics, name, 2);
    own.write(Calls.BRANCH);
    Properties client = secure.client(mechanism);
    JobID job = PARTS.submit(options(name, given(client, way)), null);
    own.awaitLinked(Calls.BRANCH.size());

    assertThat(own.linked()).isEqualTo(NaiveLinks.of(Calls.BRANCH, MAX_LINKS));
    assertThat(page("/jobs/" + job + "/config")).contains(name);
    for (String path :
        Arrays.asList("", "/plan", "/exceptions", "/checkpoints", "/checkpoints/config")) {
      assertThat(page("/jobs/" + job + path)).isNotEmpty();
    }
    assertThat(page("/jobmanager/config")).contains("taskmanager.numberOfTaskSlots");
    PARTS.cancel(job);
    assertThat(shownNoSecret(log.text()))
        .contains("AdminClientConfig values", "ProducerConfig values", "ConsumerConfig values")
        .contains("ssl.key.password = [hidden]", "sasl.jaas.config = [hidden]");
  }

  @ParameterizedTest
  @ValueSource(strings = {SecureListener.PLAIN, SecureListener.SCRAM})
  void aWrongPasswordIsToldToCheckTheLogin(String mechanism) throws Exception {
    Properties client = withWrongPassword(mechanism);
    assertThat(refusalOf(onCommandLine(client)))
        .contains("SaslAuthenticationException", "check sasl.mechanism", "password");
  }

  @Test
  void aLoginThatKafkaCannotReadIsToldHowOneIsWritten() throws Exception {
    Properties client = secure.client(SecureListener.PLAIN);
    String[] words = client.getProperty("sasl.jaas.config").split(" ");
    // The password where the word "required" belongs: Kafka's own complaint quotes it.
    words[1] = words[words.length - 1].replaceAll("password=\"|\";", "");
    client.setProperty("sasl.jaas.config", String.join(" ", words));
    assertThat(refusalOf(onCommandLine(client))).contains("sasl.jaas.config is written MODULE");
  }

  @Test
  void aTruststoreThatIsMissingIsNamed() throws Exception {
    Properties client = secure.client(SecureListener.PLAIN);
    String missing = folder.resolve("missing.trust").toString();
    client.setProperty("ssl.truststore.location", missing);
    assertThat(refusalOf(onCommandLine(client)))
        .contains("NoSuchFileException: " + missing, "check ssl.truststore");
  }

  @Test
  void aClientThatDoesNotTrustTheBrokerIsToldToCheckItsTruststore() throws Exception {
    Properties client = secure.client(SecureListener.PLAIN);
    client.setProperty("ssl.truststore.location", secure.wrongTruststore().toString());
    assertThat(refusalOf(onCommandLine(client)))
        .contains("certification path", "check ssl.truststore.location");
    client.keySet().removeIf(property -> property.toString().startsWith("ssl.truststore"));
    assertThat(refusalOf(onCommandLine(client)))
        .contains("certification path", "check ssl.truststore.location");
  }

  @Test
  void aWrongPasswordOfAKeystoreIsToldToCheckTheStores() throws Exception {
    for (String property :
        Arrays.asList("ssl.truststore.password", "ssl.keystore.password", "ssl.key.password")) {
      Properties client = secure.client(SecureListener.PLAIN);
      client.setProperty(property, client.getProperty(property) + "-wrong");
      assertThat(refusalOf(onCommandLine(client)))
          .as(property)
          .contains("check ssl.truststore and");
    }
  }

  @Test
  void aClientWithoutTlsIsToldToCheckTheProtocol() throws Exception {
    assertThat(refusalOf()).contains("check --bootstrap", "security.protocol");
  }

  /** The broker's alert looks to it like an answer of 352 MB. */
  @Test
  void aClientWithoutTlsAndWithLittleMemoryIsToldSo() throws Exception {
    Path output = folder.resolve("submission.out");
    Process submission =
        new ProcessBuilder(
                Paths.get(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                CallweaveJob.class.getName(),
                "--bootstrap",
                broker.secureBootstrap())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      Eventually.holds("the submission ends", () -> !submission.isAlive());
    } finally {
      submission.destroyForcibly();
    }
    assertThat(new String(Files.readAllBytes(output), UTF_8))
        .contains("callweave: Kafka at " + broker.secureBootstrap() + " cannot be used")
        .contains("check --bootstrap", "security.protocol");
  }

  @Test
  void aTopicThatThisUserMayNotWriteToIsNamed() throws Exception {
    for (String kind : Arrays.asList("-linked", "-rejected")) {
      String name = "read-only" + kind;
      topics.createTopic(name, 1);
      topics.createTopic(name + kind, 1);
      topics.deny(SecureListener.USER, AclOperation.WRITE, name + kind);
      assertThatExceptionOfType(OptionsException.class)
          .isThrownBy(() -> prepare(name))
          .withMessageContaining("topic " + name + kind + "; grant it: kafka-acls.sh")
          .withMessageContaining("this user may not write to the");
    }
  }

  @Test
  void theConfigurationOfATopicThatThisUserMayNotReadIsNotChecked() throws Exception {
    topics.createTopic("hidden", 1);
    topics.createTopic("hidden-rejected", 1);
    topics.setMaxMessageBytes("hidden-rejected", 1000);
    topics.deny(SecureListener.USER, AclOperation.DESCRIBE_CONFIGS, "hidden-rejected");
    prepare("hidden");
    assertThat(log.text()).contains("may not read the configuration of the topic hidden-rejected");
  }

  private static void prepare(String name) throws Exception {
    new io.callweave.kafka.preflight.Topics(
            options(name, onCommandLine(secure.client(SecureListener.PLAIN))))
        .prepare();
  }

  @Test
  void aJobWhosePasswordIsChangedWhileItRunsFailsWithoutShowingIt() throws Exception {
    String name = "secure-changed";
    new JobTopics(topics, name, 2);
    JobOptions options = options(name, onCommandLine(withWrongPassword(SecureListener.SCRAM)));
    // As after a restart: the look at the broker before the submission is long past.
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    CallweaveJob.build(env, options);
    JobID job = PARTS.submit(env, null);
    Eventually.holds(
        "the job says why it fails",
        () -> page("/jobs/" + job + "/exceptions").contains("SaslAuthenticationException"));
    PARTS.cancel(job);
    assertThat(shownNoSecret(log.text())).contains("SaslAuthenticationException");
  }

  private static JobOptions options(String name, String... more) {
    List<String> all = new ArrayList<>(Arrays.asList(more));
    all.add("--idle-flush-ms=2000");
    all.add("--partition-idle-ms=1000");
    all.add("--parallelism=1");
    // Exactly once means some dozens of logins at the start: once is enough here.
    if (!name.equals(EXACTLY_ONCE)) {
      all.add("--delivery=at-least-once");
    }
    return PARTS.optionsAt(broker.secureBootstrap(), name, all.toArray(new String[0]));
  }

  private static String[] given(Properties client, String way) throws IOException {
    switch (way) {
      case "command line":
        return onCommandLine(client);
      case "file":
        return inFile(client);
      default:
        return pointingToSecrets(client);
    }
  }

  private static String[] onCommandLine(Properties client) {
    List<String> args = new ArrayList<>();
    for (String property : client.stringPropertyNames()) {
      args.add("--kafka." + property);
      args.add(client.getProperty(property));
    }
    return args.toArray(new String[0]);
  }

  private static String[] inFile(Properties client) throws IOException {
    return new String[] {"--kafka-config", stored(client).toString()};
  }

  /** The job is given the place of the login only. */
  private static String[] pointingToSecrets(Properties client) throws IOException {
    Properties secrets = new Properties();
    secrets.setProperty("login", client.getProperty("sasl.jaas.config"));
    client.setProperty("sasl.jaas.config", "${file:" + stored(secrets) + ":login}");
    client.setProperty("config.providers", "file");
    client.setProperty("config.providers.file.class", FileConfigProvider.class.getName());
    return inFile(client);
  }

  private static Path stored(Properties properties) throws IOException {
    Path file = Files.createTempFile(folder, "client", ".properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }

  private static Properties withWrongPassword(String mechanism) {
    Properties client = secure.client(mechanism);
    String login = client.getProperty("sasl.jaas.config");
    client.setProperty("sasl.jaas.config", login.replace("\";", "-wrong\";"));
    return client;
  }

  /** What the user sees of a submission that is refused: one line, and no password in it. */
  private String refusalOf(String... properties) {
    List<String> args = new ArrayList<>(Arrays.asList(properties));
    args.addAll(Arrays.asList("--bootstrap", broker.secureBootstrap()));
    Throwable refusal = catchThrowable(() -> CallweaveJob.main(args.toArray(new String[0])));
    shownNoSecret(log.text());
    assertThat(refusal).isInstanceOf(ProgramParametrizationException.class);
    assertThat(refusal.getMessage()).startsWith("callweave: Kafka at").doesNotContain("\n");
    return shownNoSecret(refusal.getMessage());
  }

  private static String page(String path) throws Exception {
    return shownNoSecret(PARTS.page(path));
  }

  /** A wrong password begins with the right one, so neither is in the text. */
  private static String shownNoSecret(String text) {
    for (String line : text.split("\n", -1)) {
      for (String secret : secure.secrets()) {
        assertThat(line).doesNotContain(secret);
      }
    }
    return text;
  }
}
