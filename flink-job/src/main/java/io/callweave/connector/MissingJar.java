package io.callweave.connector;

import io.callweave.options.OptionsException;

/** What is said where an option wants a jar beside the job's that is not there. */
public final class MissingJar {
  private MissingJar() {}

  /**
   * An error that names the jar and the way to give it.
   *
   * @param option with its value, as it is written
   * @param jar its name, without version
   */
  public static OptionsException wantedBy(String option, String jar) {
    return new OptionsException(
        String.format(
            "%s wants the jar %s, which is not on the class path; put it on every machine of the"
                + " cluster and name it: flink run -C file:///opt/%2$s.jar callweave.jar %1$s",
            option, jar));
  }
}
