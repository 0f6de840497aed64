package io.callweave.stage;

/** What blocks hold, by the byte that says so in each of them. */
public enum BlockKind {
  /** Legs of calls, from Route to Link and Attribute. */
  LEGS(1),
  /** Calls with one of their lists, from Link to Assemble. */
  HALVES(2),
  /** Calls with their parents, from Attribute to Root. */
  ATTRIBUTED(3),
  /** Calls with their chains, from Root to Chain. */
  ROOTED(4),
  /** Calls that may get children yet, as Root keeps them. */
  OPEN_CALLS(5),
  /** Sums of series, from Link and Chain to Windows. */
  SUMS(7),
  /** Calls that Merge compares with later ones. */
  REPORTS(9);

  private static final int KIND_AT = 3;

  private final int number;

  BlockKind(int number) {
    this.number = number;
  }

  /** Whether a block says that it is of this kind. */
  public boolean is(byte[] block) {
    return block[KIND_AT] == number;
  }
}
