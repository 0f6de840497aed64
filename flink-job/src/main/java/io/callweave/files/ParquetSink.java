package io.callweave.files;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.api.functions.sink.filesystem.StreamingFileSink;

/**
 * A sink of Parquet files, which lets go of those that it has not finished when it is closed.
 *
 * @param <T> what is written
 */
final class ParquetSink<T> extends StreamingFileSink<T> {
  private static final long serialVersionUID = 1L;

  /** The same object that the builder makes its writers with, also after both were serialized. */
  private final ParquetWriters<T> writers;

  /** The sink that a builder would build. */
  ParquetSink(BulkFormatBuilder<T, ?, ?> builder, ParquetWriters<T> writers) {
    super(builder, builder.getBucketCheckInterval());
    this.writers = writers;
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    super.open(parameters);
    getRuntimeContext()
        .getMetricGroup()
        .addGroup("callweave")
        .gauge("nativeBytes", (Gauge<Long>) this::nativeBytes);
  }

  /** Bytes of native memory that its files hold. For any thread. */
  long nativeBytes() {
    return writers.nativeBytes();
  }

  /** How many files are neither finished nor closed. */
  int unfinished() {
    return writers.unfinished();
  }

  @Override
  public void close() throws Exception {
    try {
      super.close();
    } finally {
      writers.close();
    }
  }
}
