package io.callweave.sink;

import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * A topic does not take what the job has to write. Final: Flink does not restart a job for this,
 * which would read the same record again and fail in the same way for ever.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class RefusedRecordException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public RefusedRecordException(String message) {
    super(message);
  }
}
