package io.callweave.files;

import java.io.IOException;

/** A file is not of the kind that its name says, or not whole. */
final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
