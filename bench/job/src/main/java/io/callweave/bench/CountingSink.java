package io.callweave.bench;

import io.callweave.stage.ResultRecord;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;

/**
 * Counts the results and sums their hashes: two jobs that wrote the same calls, in whatever order,
 * have the same count and sum.
 */
final class CountingSink<T> extends LastSink<T> {
  private static final long serialVersionUID = 1L;
  private static final AtomicLong WRITTEN = new AtomicLong();
  private static final AtomicLong REJECTED = new AtomicLong();
  private static final AtomicLong SUM = new AtomicLong();

  static void reset() {
    WRITTEN.set(0);
    REJECTED.set(0);
    SUM.set(0);
  }

  static long written() {
    return WRITTEN.get();
  }

  static long rejected() {
    return REJECTED.get();
  }

  /** Of all that was written, in whatever order. */
  static long hash() {
    return SUM.get();
  }

  @Override
  public void invoke(T result, Context context) {
    if (result instanceof ResultRecord) {
      WRITTEN.incrementAndGet();
      SUM.addAndGet(hash(((ResultRecord) result).value));
    } else {
      REJECTED.incrementAndGet();
    }
  }

  /** Of 32 bits, which take few instructions to make, spread over 64 so that sums of them tell. */
  private static long hash(byte[] value) {
    CRC32 crc = new CRC32();
    crc.update(value, 0, value.length);
    return ((crc.getValue() << 32) | value.length) * 0x9e37_79b9_7f4a_7c15L;
  }
}
