package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.RocksDBConfigurableOptions;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.RocksDB;

class RocksDbOptionsTest {
  private static final Map<String, String> NO_ENVIRONMENT = Collections.emptyMap();

  @BeforeAll
  static void loadRocksDb() {
    RocksDB.loadLibrary();
  }

  @Test
  void theJobsStateIsNotCompressedAndHasWhatTheClusterSetsOfRocksDb() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    String[] arguments = {"--checkpoint-dir=file:///tmp/none"};
    JobEnvironment.configure(env, JobOptions.parse(arguments, NO_ENVIRONMENT));
    Configuration cluster = new Configuration();
    cluster.setString(RocksDBConfigurableOptions.WRITE_BUFFER_SIZE.key(), "3mb");

    RocksDBStateBackend backend =
        ((RocksDBStateBackend) env.getStateBackend())
            .configure(cluster, getClass().getClassLoader());

    List<AutoCloseable> toClose = new ArrayList<>();
    try (ColumnFamilyOptions options =
        backend.getRocksDBOptions().createColumnOptions(new ColumnFamilyOptions(), toClose)) {
      assertThat(options.compressionType()).isEqualTo(CompressionType.NO_COMPRESSION);
      assertThat(options.writeBufferSize()).isEqualTo(3 << 20);
    }
    for (AutoCloseable closeable : toClose) {
      closeable.close();
    }
  }
}
