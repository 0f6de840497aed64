package io.callweave.files;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import java.util.UUID;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.StreamingFileSink;

/**
 * The sinks that write files: one folder per output, in it one per hour of event time, and in that
 * the files, which each checkpoint ends and makes visible.
 *
 * <p>Flink's {@code StreamingFileSink}, and not the newer {@code FileSink}: every cluster has it,
 * and it commits in the task that has written, so a source that waits for its last checkpoint knows
 * that all is committed.
 */
public final class FileSinks {
  private final Path folder;
  private final String ending;
  private final String source;

  /**
   * A part of all names: the numbers of Flink's begin anew when a job starts without a savepoint,
   * and its files would replace those of the job before.
   */
  private final String start = UUID.randomUUID().toString().substring(0, 8);

  /**
   * Sinks in the folder that these options name.
   *
   * @throws OptionsException if they are of Parquet and its jar is not there
   */
  public FileSinks(JobOptions options) {
    folder = new Path(options.output());
    ending = options.fileFormat();
    source = options.inputTopic();
    if (ending.equals("parquet")) {
      ParquetJar.require(ParquetWriters.OPTION);
    }
  }

  /** Writes results, below the folder, in one of this name. */
  public SinkFunction<ResultRecord> results(String output, String prefix) {
    return sink(output, prefix, Lines::result);
  }

  /** Writes rejects, with their reasons. */
  public SinkFunction<RejectedRecord> rejects(String output) {
    String topic = source;
    return sink(output, output, rejected -> Lines.reject(rejected, topic));
  }

  private <T> SinkFunction<T> sink(String output, String prefix, LineFormat<T> json) {
    if (ending.equals("parquet")) {
      ParquetWriters<T> writers = new ParquetWriters<>(output, json);
      return new ParquetSink<>(files(output, prefix, writers), writers);
    }
    LineFormat<T> format = ending.startsWith("csv") ? CsvRows.of(output, json) : json;
    return files(output, prefix, LinesWriter.factory(format, ending)).build();
  }

  private <T> StreamingFileSink.DefaultBulkFormatBuilder<T> files(
      String output, String prefix, BulkWriter.Factory<T> writers) {
    return StreamingFileSink.forBulkFormat(new Path(folder, output), writers)
        .withBucketAssigner(new HourFolders<>())
        .withOutputFileConfig(
            OutputFileConfig.builder()
                .withPartPrefix(prefix + "-" + start)
                .withPartSuffix("." + ending)
                .build());
  }
}
