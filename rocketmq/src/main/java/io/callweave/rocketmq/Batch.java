package io.callweave.rocketmq;

import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.common.message.Message;

/** Messages that are sent together. */
final class Batch {
  /** What a message has besides in a batch: lengths, and an id that the client gives it. */
  private static final int OVERHEAD_BYTES = 22 + 48;

  private final long maxBytes;
  private final List<Message> messages = new ArrayList<>();
  private long bytes;

  Batch(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  static int bytes(Message message) {
    return OVERHEAD_BYTES + message.getBody().length + MessageLimit.propertyBytes(message);
  }

  /** Whether a message of so many bytes goes into it, too; one always does. */
  boolean takes(int more) {
    return messages.isEmpty() || bytes + more <= maxBytes;
  }

  void add(Message message, int size) {
    messages.add(message);
    bytes += size;
  }

  List<Message> messages() {
    return messages;
  }

  void clear() {
    messages.clear();
    bytes = 0;
  }
}
