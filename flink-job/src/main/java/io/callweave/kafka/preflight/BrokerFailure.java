package io.callweave.kafka.preflight;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeoutException;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;

/**
 * Why Kafka cannot be used, and what to check.
 *
 * <p>Kafka's complaint about a login can quote a part of the password. So where there is a login,
 * its words are passed on only if they are about something else: they come from the broker, the
 * network, a file or a certificate.
 */
final class BrokerFailure {
  private static final String ADDRESS =
      "--bootstrap, that the broker runs, and security.protocol: where a broker wants TLS or a"
          + " login, a client without gets no answer";
  private static final String TLS =
      "ssl.truststore.location: that file must hold the broker's certificate or its signer's,"
          + " which must be made out to the host in --bootstrap; and ssl.keystore.location, if the"
          + " broker wants a certificate of its clients";
  private static final String LOGIN =
      "sasl.mechanism, and the user and the password in sasl.jaas.config";
  private static final String RIGHTS =
      "that this user may describe, read, write and create the topics";
  private static final String STORES =
      "ssl.truststore and ssl.keystore: the files (.location), their kind (.type) and passwords";
  private static final String SETTINGS =
      "--bootstrap and the properties of the clients in --kafka.NAME and --kafka-config;"
          + " sasl.jaas.config is written MODULE required NAME=\"VALUE\" ...;";

  private BrokerFailure() {}

  /**
   * Both, in one line.
   *
   * @param login whether the clients have a login
   */
  static String describe(Throwable failure, boolean login) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String words = login && !isHarmless(root) ? null : root.getMessage();
    return String.format(
        "(%s%s); check %s",
        root.getClass().getSimpleName(),
        words == null ? "" : ": " + words.replaceAll("\\s+", " "),
        whatToCheck(failure, root));
  }

  private static boolean isHarmless(Throwable root) {
    // Of a setting's values Kafka shows all but the passwords.
    return root instanceof ApiException || root instanceof ConfigException || isAboutStores(root);
  }

  private static boolean isAboutStores(Throwable root) {
    return root instanceof IOException
        || (root instanceof GeneralSecurityException && !(root instanceof LoginException));
  }

  private static String whatToCheck(Throwable failure, Throwable root) {
    if (failure instanceof SslAuthenticationException) {
      return TLS;
    }
    if (failure instanceof AuthenticationException) {
      return LOGIN;
    }
    if (failure instanceof AuthorizationException) {
      return RIGHTS;
    }
    if (failure instanceof ApiException || failure instanceof TimeoutException) {
      return ADDRESS;
    }
    return isAboutStores(root) ? STORES : SETTINGS;
  }
}
