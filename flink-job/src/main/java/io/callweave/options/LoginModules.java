package io.callweave.options;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;

/**
 * Which modules may log in at Kafka.
 *
 * <p>Newer clients than the one that Flink 1.12 needs refuse these two: they fetch objects from the
 * server that {@code sasl.jaas.config} names, and that server can so run code in the job.
 */
final class LoginModules {
  private static final List<String> REFUSED =
      Arrays.asList(
          "com.sun.security.auth.module.JndiLoginModule",
          "com.sun.security.auth.module.LdapLoginModule");

  private LoginModules() {}

  /**
   * Looks at a value of {@code sasl.jaas.config}. One that Kafka cannot read passes: Kafka itself
   * will say so.
   *
   * @param origin where it came from, for the message
   * @throws OptionsException if it names a module that is refused
   */
  static void check(String jaas, String origin) {
    for (AppConfigurationEntry entry : entries(jaas)) {
      if (REFUSED.contains(entry.getLoginModuleName())) {
        throw new OptionsException(
            String.format(
                "%s names the login module %s, which lets the server that it asks run code in the"
                    + " job; use one of org.apache.kafka.common.security",
                origin, entry.getLoginModuleName()));
      }
    }
  }

  private static List<AppConfigurationEntry> entries(String jaas) {
    try {
      return JaasContext.loadClientContext(
              Collections.singletonMap(SaslConfigs.SASL_JAAS_CONFIG, new Password(jaas)))
          .configurationEntries();
    } catch (IllegalArgumentException | KafkaException e) {
      return Collections.emptyList();
    }
  }
}
