package io.callweave.files;

import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.nativelib.NativeCellKernel.Output;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;

/**
 * Opens writers of Parquet files, and knows those that are not finished: Flink does not close a
 * writer whose file it gives up, and the native library would keep what it holds.
 *
 * @param <T> what is written
 */
final class ParquetWriters<T> implements BulkWriter.Factory<T>, AutoCloseable {
  private static final long serialVersionUID = 1L;

  /** The option that wants them. */
  static final String OPTION = "--file-format parquet";

  private final String output;
  private final LineFormat<T> json;
  private transient Set<NativeCellKernel> open;

  /** Writers of an output. */
  ParquetWriters(String output, LineFormat<T> json) {
    this.output = output;
    this.json = json;
  }

  @Override
  public BulkWriter<T> create(FSDataOutputStream file) {
    ParquetJar.require(OPTION);
    NativeCellKernel kernel =
        NativeCellKernel.open(
            "parquet", new KernelSettings().with("output", output), Output.RECORDS);
    open().add(kernel);
    return new ParquetWriter<>(json, kernel, file, () -> open().remove(kernel));
  }

  /**
   * Bytes of native memory that the files hold which are neither finished nor closed. For any
   * thread.
   */
  long nativeBytes() {
    return open().stream().mapToLong(NativeCellKernel::memoryBytes).sum();
  }

  /** How many files are neither finished nor closed. */
  int unfinished() {
    return open().size();
  }

  private synchronized Set<NativeCellKernel> open() {
    if (open == null) {
      open = ConcurrentHashMap.newKeySet();
    }
    return open;
  }

  /** Lets go of what the unfinished files hold. */
  @Override
  public void close() {
    open().forEach(NativeCellKernel::close);
    open().clear();
  }
}
