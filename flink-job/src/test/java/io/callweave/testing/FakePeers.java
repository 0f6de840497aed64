package io.callweave.testing;

import io.callweave.time.Peers;

/** Other subtasks that say what the test says. */
public final class FakePeers implements Peers {
  private Summary summary;
  private boolean closed;
  private Report told;

  /** What all subtasks together say from now on, null for nothing. */
  public void say(Summary together) {
    summary = together;
  }

  /** What the subtask said last, null before it spoke. */
  public Report told() {
    return told;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public void tell(Report report) {
    told = report;
  }

  @Override
  public Summary latest() {
    return summary;
  }

  @Override
  public void close() {
    closed = true;
  }
}
