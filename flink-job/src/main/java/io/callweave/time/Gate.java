package io.callweave.time;

/**
 * Where the thread that reads for a subtask waits while the subtask is ahead of the others.
 *
 * <p>The source and Route are in one chain, but Flink makes each of them from bytes of its own, so
 * neither can be given the other. What they share is the thread that reads, and a gate belongs to
 * one. It waits before a record, when it holds none of Flink's locks: barriers and timers pass.
 */
public final class Gate implements AutoCloseable {
  private static final ThreadLocal<Gate> OF_READER = new ThreadLocal<>();

  private boolean shut;
  private volatile int lastSplit = HoldUp.NONE;

  /** Makes this the gate of the calling thread. */
  public void belongToReader() {
    OF_READER.set(this);
  }

  /** Waits while the gate of the calling thread is shut, if it has one. */
  public static void pass() throws InterruptedException {
    Gate gate = OF_READER.get();
    if (gate != null) {
      gate.await();
    }
  }

  /** Says which split holds event time back, for a reader that can choose between splits. */
  public void last(int split) {
    lastSplit = split;
  }

  /** The split to read on from, so that little waits: {@link HoldUp#NONE} if that is not known. */
  public static int lastSplit() {
    Gate gate = OF_READER.get();
    return gate == null ? HoldUp.NONE : gate.lastSplit;
  }

  private synchronized void await() throws InterruptedException {
    while (shut) {
      wait();
    }
  }

  /** Shuts the gate, or opens it. */
  public synchronized void shut(boolean shut) {
    this.shut = shut;
    if (!shut) {
      notifyAll();
    }
  }

  /** Opens the gate: nobody is left who would. */
  @Override
  public void close() {
    shut(false);
  }
}
