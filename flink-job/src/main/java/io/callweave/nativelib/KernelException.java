package io.callweave.nativelib;

/** A kernel refused its input, or failed. The message is the kernel's own. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Also called from the native library. */
  public KernelException(String message) {
    super(message);
  }
}
