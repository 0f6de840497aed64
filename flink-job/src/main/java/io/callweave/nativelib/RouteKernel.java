package io.callweave.nativelib;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The kernel that judges records and cuts the calls among them into blocks by cell.
 *
 * <p>Records are collected with {@link #add} and judged together: the kernel keeps the valid ones
 * until {@link #flush} closes their cells, whose blocks are then drained.
 *
 * <p>For one thread; {@link #nanos}, {@link #memoryBytes} and {@link #close} for any.
 */
public final class RouteKernel implements Kernel {
  private static final int BATCH_BYTES = 256 * 1024;
  private static final int HEADER_OF_RECORD = 8;
  private static final int LENGTH_OF_NULL = -1;

  private static final int VERDICT_ON_PARTITION = 12;
  private static final int VERDICT_ON_RECORD = 9;
  // The kernel cuts longer ones.
  private static final int DETAIL_BYTES = 256;

  private final NativeHandle handle;
  private final DirectBuffer batch = new DirectBuffer("A batch of records", BATCH_BYTES);
  private final DirectBuffer verdict = new DirectBuffer("The verdict on a batch", BATCH_BYTES);

  /** The batch while it is collected. */
  private final ByteArray records = new ByteArray(BATCH_BYTES);

  private int batchRecords;
  private int batchBytes;

  private RouteKernel(NativeHandle handle) {
    this.handle = handle;
  }

  /** Opens the kernel. */
  public static RouteKernel open(KernelSettings settings) {
    return new RouteKernel(NativeHandle.open("route", settings));
  }

  /**
   * Adds a record to the batch.
   *
   * @param valueOrNull the record's value, which is copied
   * @throws KernelException if the batch would grow above 1 GiB
   */
  public void add(int partition, byte[] valueOrNull) {
    handle.openId();
    int length = valueOrNull == null ? 0 : valueOrNull.length;
    batch.reserve((long) batchBytes + HEADER_OF_RECORD + length);
    records.reserve(batch.capacity());
    records.putInt(batchBytes, partition);
    records.putInt(batchBytes + 4, valueOrNull == null ? LENGTH_OF_NULL : length);
    if (valueOrNull != null) {
      records.put(batchBytes + HEADER_OF_RECORD, valueOrNull);
    }
    batchBytes += HEADER_OF_RECORD + length;
    batchRecords++;
  }

  /** Records in the batch. */
  public int batchRecords() {
    return batchRecords;
  }

  /** Bytes of the batch: those of the values and 8 a record. */
  public int batchBytes() {
    return batchBytes;
  }

  /**
   * Has the batch judged, and empties it in any case.
   *
   * @param watermarkMs a call of a bucket that this has closed is rejected as {@link
   *     RejectReason#LATE}
   * @param nowMs the wall clock
   */
  public void judge(long watermarkMs, long nowMs, VerdictConsumer consumer) throws Exception {
    handle.openId();
    int count = batchRecords;
    int bytes = batchBytes;
    batchRecords = 0;
    batchBytes = 0;
    // Each record may be alone of its partition and be rejected with the longest detail.
    verdict.reserve(8 + (long) count * (VERDICT_ON_PARTITION + VERDICT_ON_RECORD + DETAIL_BYTES));
    batch.write(records.bytes(), bytes);
    int written =
        handle.ask(
            open ->
                NativeKernels.pushBatch(
                    open, batch.bytes(), bytes, watermarkMs, nowMs, verdict.bytes()));
    int at = handOnStarts(written, consumer);
    handOnRejects(at, written, count, consumer);
  }

  private int handOnStarts(int written, VerdictConsumer consumer) throws Exception {
    verdict.require(4, 0, written);
    int partitions = verdict.getInt(0);
    int at = 4;
    for (int i = 0; i < partitions; i++) {
      verdict.require(VERDICT_ON_PARTITION, at, written);
      consumer.highestStart(verdict.getInt(at), verdict.getLong(at + 4));
      at += VERDICT_ON_PARTITION;
    }
    return at;
  }

  private void handOnRejects(int begin, int written, int records, VerdictConsumer consumer)
      throws Exception {
    verdict.require(4, begin, written);
    int rejects = verdict.getInt(begin);
    int at = begin + 4;
    for (int i = 0; i < rejects; i++) {
      verdict.require(VERDICT_ON_RECORD, at, written);
      int index = verdict.getInt(at);
      RejectReason reason = RejectReason.ofCode(verdict.getByte(at + 4));
      int length = verdict.getInt(at + 5);
      at += VERDICT_ON_RECORD;
      verdict.require(length, at, written);
      if (index < 0 || index >= records) {
        throw new KernelException(
            String.format("a verdict is on record %d of a batch of %d", index, records));
      }
      consumer.rejected(
          index, reason, new String(verdict.copy(at, length), StandardCharsets.UTF_8));
      at += length;
    }
  }

  /** Closes the blocks of all cells that this watermark fires. They are then drained. */
  public void flush(long watermarkMs) {
    handle.call(open -> NativeKernels.flush(open, watermarkMs));
  }

  /** Hands on the blocks that are closed; if the consumer throws, the rest is lost. */
  public void drain(BlockConsumer consumer) throws Exception {
    handle.drainBlocks(consumer);
  }

  @Override
  public List<String> counterNames() {
    return handle.counterNames();
  }

  @Override
  public long[] takeCounts() {
    return handle.takeCounts();
  }

  @Override
  public long nanos() {
    return handle.nanos();
  }

  @Override
  public long memoryBytes() {
    return handle.memoryBytes() + batch.capacity() + verdict.capacity();
  }

  @Override
  public void close() {
    handle.close();
    batch.release();
    verdict.release();
    batchRecords = 0;
    batchBytes = 0;
  }
}
