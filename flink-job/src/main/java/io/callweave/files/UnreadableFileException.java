package io.callweave.files;

import java.io.IOException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;

/**
 * A file of the input is not what its name says, or no longer what it was. Final: Flink does not
 * restart a job for this, which would fail in the same way for ever.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public final class UnreadableFileException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
