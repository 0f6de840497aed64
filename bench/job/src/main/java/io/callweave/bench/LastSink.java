package io.callweave.bench;

import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;

/** Takes results and looks at none. The last sink that is through ends the measurement. */
class LastSink<T> extends RichSinkFunction<T> {
  private static final long serialVersionUID = 1L;

  @Override
  public void invoke(T result, Context context) {}

  @Override
  public void close() {
    Stopwatch.sinkIsThrough();
  }
}
