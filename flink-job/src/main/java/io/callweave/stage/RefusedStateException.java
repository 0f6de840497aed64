package io.callweave.stage;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * The state to restore does not fit the job. Final: Flink does not restart a job for this, which
 * would fail in the same way for ever.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class RefusedStateException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  RefusedStateException(String message) {
    super(message);
  }
}
