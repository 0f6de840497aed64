package io.callweave.nativelib;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongToIntFunction;

/**
 * An open kernel and the buffer that its output goes through.
 *
 * <p>For one thread at a time; {@link #nanos}, {@link #memoryBytes} and {@link #close} for any.
 */
final class NativeHandle implements AutoCloseable {
  private static final int OUT_BYTES = 256 * 1024;
  private static final int HEADER_OF_BLOCK = 16;
  private static final int HEADER_OF_RECORD = 8;

  private final long id;
  private final DirectBuffer out = new DirectBuffer("The output of a kernel", OUT_BYTES);

  /** What was pulled last. */
  private final ByteArray frames = new ByteArray(OUT_BYTES);

  private final AtomicLong nanos = new AtomicLong();
  private final List<String> counterNames;
  private volatile boolean closed;

  private NativeHandle(long id) {
    this.id = id;
    counterNames = Arrays.asList(NativeKernels.counterNames(id).split("\n"));
  }

  /** Opens the kernel of this name. */
  static NativeHandle open(String kind, KernelSettings settings) {
    NativeLibrary.load();
    return new NativeHandle(NativeKernels.open(kind, settings.bytes()));
  }

  /** Has a native method work on the handle, and counts its time. */
  void call(LongConsumer method) {
    long begin = System.nanoTime();
    try {
      method.accept(openId());
    } finally {
      nanos.addAndGet(System.nanoTime() - begin);
    }
  }

  /** As {@link #call}, for a native method with a result. */
  int ask(LongToIntFunction method) {
    long begin = System.nanoTime();
    try {
      return method.applyAsInt(openId());
    } finally {
      nanos.addAndGet(System.nanoTime() - begin);
    }
  }

  /** Hands on all blocks that a Route or Link kernel has ready. */
  void drainBlocks(BlockConsumer consumer) throws Exception {
    for (int filled = pull(); filled > 0; filled = pull()) {
      int at = 0;
      while (at < filled) {
        out.require(HEADER_OF_BLOCK, at, filled);
        int length = frames.getInt(at + 12);
        int begin = at + HEADER_OF_BLOCK;
        out.require(length, begin, filled);
        consumer.accept(frames.getLong(at), frames.getInt(at + 8), frames.copy(begin, length));
        at = begin + length;
      }
    }
  }

  /** Hands on all records that an Assemble kernel has ready. */
  void drainRecords(RecordConsumer consumer) throws Exception {
    for (int filled = pull(); filled > 0; filled = pull()) {
      int at = 0;
      while (at < filled) {
        out.require(HEADER_OF_RECORD, at, filled);
        int keyLength = frames.getInt(at);
        int valueLength = frames.getInt(at + 4);
        int key = at + HEADER_OF_RECORD;
        out.require(keyLength, key, filled);
        int value = key + keyLength;
        out.require(valueLength, value, filled);
        consumer.accept(frames.copy(key, keyLength), frames.copy(value, valueLength));
        at = value + valueLength;
      }
    }
  }

  /** Fills {@code frames} with whole frames: the bytes filled, 0 when nothing is left. */
  private int pull() {
    int pulled = ask(open -> NativeKernels.pull(open, out.bytes()));
    if (pulled < 0) {
      out.reserve(-(long) pulled);
      pulled = ask(open -> NativeKernels.pull(open, out.bytes()));
    }
    if (pulled < 0) {
      throw new KernelException(
          String.format("a frame needs %d bytes, %d were given", -(long) pulled, out.capacity()));
    }
    frames.reserve(out.capacity());
    out.read(frames.bytes(), pulled);
    return pulled;
  }

  List<String> counterNames() {
    return counterNames;
  }

  long[] takeCounts() {
    long[] counts = new long[counterNames.size()];
    NativeKernels.takeCounts(openId(), counts);
    return counts;
  }

  long nanos() {
    return nanos.get();
  }

  /** Bytes of the kernel and of the buffer; 0 once closed. Waits for what the kernel is doing. */
  synchronized long memoryBytes() {
    return closed ? 0 : NativeKernels.memoryBytes(id) + out.capacity();
  }

  long openId() {
    if (closed) {
      throw new IllegalStateException("The kernel is closed");
    }
    return id;
  }

  /** Closes the kernel, the first time it is called. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      NativeKernels.close(id);
      out.release();
    }
  }
}
