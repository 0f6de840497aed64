package io.callweave.connector;

import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;
import io.callweave.sink.TopicSinks;

/**
 * A source and sinks that travel in a jar of their own, because they bring many megabytes. {@link
 * Connectors} finds it as a Java service.
 */
public interface Connector {
  /** What {@code --source} and {@code --sink} call it. */
  String name();

  /**
   * What these options read.
   *
   * @throws io.callweave.options.OptionsException if that cannot be read
   */
  CallInput input(JobOptions options);

  /** What these options write. */
  TopicSinks sinks(JobOptions options);
}
