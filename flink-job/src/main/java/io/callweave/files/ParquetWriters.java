package io.callweave.files;

import io.callweave.nativelib.KernelSettings;
import io.callweave.nativelib.NativeCellKernel;
import io.callweave.nativelib.NativeCellKernel.Output;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
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

  /** How many files are neither finished nor closed. */
  int unfinished() {
    return open().size();
  }

  private Set<NativeCellKernel> open() {
    if (open == null) {
      open = Collections.newSetFromMap(new IdentityHashMap<>());
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
