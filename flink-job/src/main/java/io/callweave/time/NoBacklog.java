package io.callweave.time;

/** Of an input that says itself when its splits begin and end: nothing is asked, nothing known. */
public final class NoBacklog implements Backlog {
  /** Splits are taken over by their source, which says so. */
  @Override
  public boolean isOwn(int partition) {
    return false;
  }

  @Override
  public void reached(int partition, long offset) {}

  @Override
  public Answer latest() {
    return null;
  }

  @Override
  public void close() {}
}
