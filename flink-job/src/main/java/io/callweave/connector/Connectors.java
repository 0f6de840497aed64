package io.callweave.connector;

import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import java.util.ServiceLoader;

/** The connectors on the class path. */
public final class Connectors {
  private Connectors() {}

  /**
   * The connector that the source is of.
   *
   * @throws OptionsException if its jar is not there
   */
  public static Connector ofSource(String name) {
    return named(name, "--source " + name);
  }

  /**
   * The connector that sinks are of.
   *
   * @throws OptionsException if its jar is not there
   */
  public static Connector ofSinks(SinkKind kind) {
    return named(kind.word(), "--sink " + kind.word());
  }

  private static Connector named(String name, String option) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    for (Connector connector : ServiceLoader.load(Connector.class, loader)) {
      if (connector.name().equals(name)) {
        return connector;
      }
    }
    throw MissingJar.wantedBy(option, "callweave-" + name);
  }
}
