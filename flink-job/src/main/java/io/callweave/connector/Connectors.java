package io.callweave.connector;

import io.callweave.options.OptionsException;
import java.util.ServiceLoader;

/** The connectors on the class path. */
public final class Connectors {
  private Connectors() {}

  /**
   * The connector of this name.
   *
   * @throws OptionsException if its jar is not there
   */
  public static Connector named(String name) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (Connector connector : ServiceLoader.load(Connector.class, loader)) {
      if (connector.name().equals(name)) {
        return connector;
      }
    }
    throw new OptionsException(
        String.format(
            "--source %s wants the jar callweave-%<s, which is not on the class path; put it on"
                + " every machine of the cluster and name it: flink run -C"
                + " file:///opt/callweave-%<s.jar callweave.jar --source %<s",
            name));
  }
}
