package io.callweave.nativelib;

/** Why a record is no call. The order is that of the codes in a verdict. */
public enum RejectReason {
  /** Null, not UTF-8, not JSON, not an object, or too large. */
  MALFORMED("malformed"),
  /** A field is missing, of another type or out of range. */
  INVALID("invalid"),
  /** Start, end and latency contradict each other. */
  INCONSISTENT("inconsistent"),
  /** The call took longer than is allowed. */
  TOO_LONG("too_long"),
  /** The call starts too far ahead of the wall clock. */
  FUTURE("future"),
  /** The window that the call belongs to is closed. */
  LATE("late");

  private static final RejectReason[] BY_CODE = values();

  private final String label;

  RejectReason(String label) {
    this.label = label;
  }

  /** The reason as it is written in the rejects topic. */
  public String label() {
    return label;
  }

  static RejectReason ofCode(int code) {
    if (code < 0 || code >= BY_CODE.length) {
      throw new KernelException(
          "a verdict's reason is " + code + ", 0 to " + (BY_CODE.length - 1) + " are known");
    }
    return BY_CODE[code];
  }
}
