package io.callweave.testing;

import io.callweave.time.Backlog;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A broker that says what the test says, of the partitions that the test gives a subtask. */
public final class FakeBacklog implements Backlog {
  private final Map<Integer, Long> reached = new TreeMap<>();
  private Answer answer;
  private boolean closed;

  /** The backlog of a subtask that reads these partitions. */
  public static FakeBacklog of(int... partitions) {
    FakeBacklog backlog = new FakeBacklog();
    Arrays.stream(partitions).forEach(partition -> backlog.reached.put(partition, FROM_START));
    return backlog;
  }

  /** The broker says that nothing is unread, asked at this moment. */
  public void nothingUnread(long askedAtMs) {
    answer(askedAtMs, true);
  }

  /** The broker says that every partition has unread records, asked at this moment. */
  public void unread(long askedAtMs) {
    answer(askedAtMs, false);
  }

  private void answer(long askedAtMs, boolean nothingUnread) {
    Map<Integer, Long> ends = new HashMap<>();
    reached.forEach((partition, at) -> ends.put(partition, nothingUnread ? at : at + 1));
    answer = new Answer(askedAtMs, ends);
  }

  /** The broker says where the partitions end, asked at this moment. */
  public void ends(long askedAtMs, Map<Integer, Long> ends) {
    answer = new Answer(askedAtMs, ends);
  }

  /** Where the subtask said that it was, per partition. */
  public Map<Integer, Long> reached() {
    return reached;
  }

  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isOwn(int partition) {
    return reached.containsKey(partition);
  }

  @Override
  public void reached(int partition, long offset) {
    reached.put(partition, offset);
  }

  @Override
  public Answer latest() {
    return answer;
  }

  @Override
  public void close() {
    closed = true;
  }
}
