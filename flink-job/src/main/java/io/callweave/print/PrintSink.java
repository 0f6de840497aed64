package io.callweave.print;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.files.LineFormat;
import io.callweave.files.Lines;
import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes every record to the TaskManager's log, for trials. What was written before a failure is
 * written again after it.
 *
 * @param <T> what is written
 */
public final class PrintSink<T> extends RichSinkFunction<T> {
  private static final long serialVersionUID = 1L;

  /** Of all outputs, so that a logger can be set for them: {@code callweave.links}. */
  private static final String LOGGERS = "callweave.";

  private final String output;
  private final LineFormat<T> format;

  private PrintSink(String output, LineFormat<T> format) {
    this.output = output;
    this.format = format;
  }

  /** Prints results. */
  public static SinkFunction<ResultRecord> results(String output) {
    return new PrintSink<>(output, Lines::result);
  }

  /** Prints rejects, with their reasons. */
  public static SinkFunction<RejectedRecord> rejects(String output, String source) {
    return new PrintSink<>(output, rejected -> Lines.reject(rejected, source));
  }

  @Override
  public void invoke(T record, Context context) {
    Logger log = LoggerFactory.getLogger(LOGGERS + output);
    log.info("{}", new String(format.line(record), UTF_8));
  }
}
