package io.callweave.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A listener that lets in only who speaks TLS, shows a certificate, and logs in with PLAIN or
 * SCRAM-SHA-512: its settings for the broker, and the properties of a client that may come in.
 *
 * <p>Keys and certificates are made by the JDK's keytool. Each password is another one, so that a
 * test can tell which of them it sees.
 */
public final class SecureListener {
  public static final String PLAIN = "PLAIN";
  public static final String SCRAM = "SCRAM-SHA-512";

  /** Who logs in. */
  public static final String USER = "callweave";

  private static final String NAME = "SECURE";
  private static final long KEYTOOL_LIMIT_S = 60;

  private final Path folder;
  private final String plainPassword = password("plain");
  private final String scramPassword = password("scram");
  private final String trustPassword = password("truststore");
  private final String keystorePassword = password("keystore");
  private final String keyPassword = password("key");
  private final String brokersPassword = password("broker");

  private SecureListener(Path folder) {
    this.folder = folder;
  }

  /** Makes the keys and certificates of both sides in this folder. */
  public static SecureListener create(Path folder) {
    SecureListener listener = new SecureListener(folder);
    listener.makeKey("broker", "PKCS12", listener.brokersPassword, listener.brokersPassword);
    // Only this old kind of keystore has a password of its own for the key.
    listener.makeKey("client", "JKS", listener.keystorePassword, listener.keyPassword);
    listener.trust("broker", listener.brokersPassword, "client", listener.trustPassword);
    listener.trust("client", listener.keystorePassword, "broker", listener.brokersPassword);
    return listener;
  }

  /** What a user gives to a client that logs in with this mechanism. */
  public Properties client(String mechanism) {
    boolean plain = mechanism.equals(PLAIN);
    Properties client = new Properties();
    client.setProperty("security.protocol", "SASL_SSL");
    client.setProperty("sasl.mechanism", mechanism);
    client.setProperty(
        "sasl.jaas.config",
        String.format(
            "org.apache.kafka.common.security.%s required username=\"%s\" password=\"%s\";",
            plain ? "plain.PlainLoginModule" : "scram.ScramLoginModule",
            USER,
            plain ? plainPassword : scramPassword));
    client.setProperty("ssl.truststore.location", truststore("client").toString());
    client.setProperty("ssl.truststore.type", "PKCS12");
    client.setProperty("ssl.truststore.password", trustPassword);
    client.setProperty("ssl.keystore.location", keystore("client").toString());
    client.setProperty("ssl.keystore.type", "JKS");
    client.setProperty("ssl.keystore.password", keystorePassword);
    client.setProperty("ssl.key.password", keyPassword);
    return client;
  }

  /** A truststore that does not hold the broker's certificate; its password is the right one's. */
  public Path wrongTruststore() {
    Path wrong = truststore("wrong");
    if (!Files.exists(wrong)) {
      trust("client", keystorePassword, "wrong", trustPassword);
    }
    return wrong;
  }

  /** All passwords of the clients. */
  public List<String> secrets() {
    return Arrays.asList(
        plainPassword, scramPassword, trustPassword, keystorePassword, keyPassword);
  }

  /** For the tool that formats a broker's data folder: the user that may log in with SCRAM. */
  String scramUser() {
    return String.format("%s=[name=%s,password=%s]", SCRAM, USER, scramPassword);
  }

  /** Adds the listener to the settings of a broker. */
  void addTo(Properties server, int port) {
    String address = NAME + "://127.0.0.1:" + port;
    append(server, "listeners", address);
    append(server, "advertised.listeners", address);
    append(server, "listener.security.protocol.map", NAME + ":SASL_SSL");
    String prefix = "listener.name.secure.";
    // All may do all that is not denied to them.
    server.setProperty(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    server.setProperty("allow.everyone.if.no.acl.found", "true");
    server.setProperty("super.users", "User:ANONYMOUS");
    server.setProperty(prefix + "sasl.enabled.mechanisms", PLAIN + "," + SCRAM);
    server.setProperty(
        prefix + "plain.sasl.jaas.config",
        String.format(
            "org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=\"%s\";",
            USER, plainPassword));
    server.setProperty(
        prefix + "scram-sha-512.sasl.jaas.config",
        "org.apache.kafka.common.security.scram.ScramLoginModule required;");
    server.setProperty(prefix + "ssl.client.auth", "required");
    server.setProperty(prefix + "ssl.keystore.location", keystore("broker").toString());
    server.setProperty(prefix + "ssl.keystore.type", "PKCS12");
    server.setProperty(prefix + "ssl.keystore.password", brokersPassword);
    server.setProperty(prefix + "ssl.key.password", brokersPassword);
    server.setProperty(prefix + "ssl.truststore.location", truststore("broker").toString());
    server.setProperty(prefix + "ssl.truststore.type", "PKCS12");
    server.setProperty(prefix + "ssl.truststore.password", brokersPassword);
  }

  private static void append(Properties server, String name, String value) {
    server.setProperty(name, server.getProperty(name) + "," + value);
  }

  /** Makes a key pair with a certificate for the loopback. */
  private void makeKey(String side, String type, String storePassword, String password) {
    keytool(
        "-genkeypair",
        "-alias",
        side,
        "-keyalg",
        "RSA",
        "-keysize",
        "2048",
        "-dname",
        "CN=" + side,
        "-ext",
        "san=ip:127.0.0.1,dns:localhost",
        "-validity",
        "2",
        "-keystore",
        keystore(side).toString(),
        "-storetype",
        type,
        "-storepass",
        storePassword,
        "-keypass",
        password);
  }

  /** Puts the certificate of one side into the truststore of the other. */
  private void trust(String whom, String whosePassword, String who, String password) {
    Path certificate = folder.resolve(whom + "-for-" + who + ".crt");
    keytool(
        "-exportcert",
        "-alias",
        whom,
        "-keystore",
        keystore(whom).toString(),
        "-storepass",
        whosePassword,
        "-file",
        certificate.toString());
    keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        whom,
        "-file",
        certificate.toString(),
        "-keystore",
        truststore(who).toString(),
        "-storetype",
        "PKCS12",
        "-storepass",
        password);
  }

  private Path keystore(String side) {
    return folder.resolve(side + ".keys");
  }

  private Path truststore(String side) {
    return folder.resolve(side + ".trust");
  }

  private void keytool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Paths.get(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(Arrays.asList(arguments));
    Path output = folder.resolve("keytool.out");
    try {
      Process keytool =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!keytool.waitFor(KEYTOOL_LIMIT_S, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
        keytool.destroyForcibly();
        throw new IllegalStateException(
            "keytool "
                + arguments[0]
                + " failed: "
                + new String(Files.readAllBytes(output), StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not run " + command.get(0), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for keytool", e);
    }
  }

  private static String password(String of) {
    return of + "-" + UUID.randomUUID();
  }
}
