package io.callweave;

import java.util.Collection;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.contrib.streaming.state.DefaultConfigurableOptionsFactory;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;

/**
 * RocksDB as the cluster has it set, but for compression: blocks of calls are packed as they are.
 *
 * <p>The Snappy in Flink 1.12's RocksDB is not optimized by its compiler. At 150,000 calls a second
 * it took a tenth of the TaskManager's CPU time, to save little.
 */
public final class UncompressedState extends DefaultConfigurableOptionsFactory {
  private static final long serialVersionUID = 1L;

  @Override
  public ColumnFamilyOptions createColumnOptions(
      ColumnFamilyOptions current, Collection<AutoCloseable> toClose) {
    return super.createColumnOptions(current, toClose)
        .setCompressionType(CompressionType.NO_COMPRESSION);
  }

  @Override
  public UncompressedState configure(ReadableConfig cluster) {
    super.configure(cluster);
    return this;
  }
}
