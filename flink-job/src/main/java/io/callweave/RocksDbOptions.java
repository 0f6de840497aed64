package io.callweave;

import java.util.Collection;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.contrib.streaming.state.DefaultConfigurableOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;

/**
 * RocksDB for blocks of calls, which are written and read once and soon deleted. What the cluster
 * sets of it holds, but for compression.
 *
 * <p>What a checkpoint waits for is the write buffer: so it is small. That makes many files; with
 * the default, all that is open would be compacted every few of them.
 *
 * <p>The Snappy in Flink 1.12's RocksDB is not optimized by its compiler. At 150,000 calls a second
 * it took a tenth of the TaskManager's CPU time, to save little.
 */
public final class RocksDbOptions extends DefaultConfigurableOptionsFactory {
  private static final long serialVersionUID = 1L;

  private static final long WRITE_BUFFER_BYTES = 8 << 20;
  private static final int FILES_TO_COMPACT = 16;
  private static final int FILES_TO_SLOW_DOWN = 48;
  private static final int FILES_TO_STOP = 64;

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
    ColumnFamilyOptions preferred =
        current
            .setWriteBufferSize(WRITE_BUFFER_BYTES)
            .setLevel0FileNumCompactionTrigger(FILES_TO_COMPACT)
            .setLevel0SlowdownWritesTrigger(FILES_TO_SLOW_DOWN)
            .setLevel0StopWritesTrigger(FILES_TO_STOP);
    return super.createColumnOptions(preferred, toClose)
        .setCompressionType(CompressionType.NO_COMPRESSION);
  }

  @Override
  public RocksDbOptions configure(ReadableConfig cluster) {
    super.configure(cluster);
    return this;
  }
}
