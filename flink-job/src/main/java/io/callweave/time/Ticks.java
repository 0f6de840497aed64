package io.callweave.time;

import java.io.Serializable;

/**
 * A clock that goes on evenly, from an arbitrary beginning, whatever the host's clock is set to:
 * durations are measured by it.
 */
@FunctionalInterface
public interface Ticks extends Serializable {
  /** The clock of this JVM. */
  Ticks SYSTEM = () -> System.nanoTime() / 1_000_000;

  /** The present moment, ms. */
  long nowMs();
}
