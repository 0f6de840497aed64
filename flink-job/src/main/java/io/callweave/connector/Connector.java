package io.callweave.connector;

import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;

/**
 * A source that travels in a jar of its own, because it brings many megabytes. {@link Connectors}
 * finds it as a Java service.
 */
public interface Connector {
  /** What {@code --source} calls it. */
  String name();

  /**
   * What these options read.
   *
   * @throws io.callweave.options.OptionsException if that cannot be read
   */
  CallInput input(JobOptions options);
}
