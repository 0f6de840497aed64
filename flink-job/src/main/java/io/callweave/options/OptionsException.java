package io.callweave.options;

/** What is wrong with the options, and what would be right, in one line. */
public final class OptionsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public OptionsException(String message) {
    super(message);
  }
}
