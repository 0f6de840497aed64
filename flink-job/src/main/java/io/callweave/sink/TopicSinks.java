package io.callweave.sink;

import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** The sinks of a connector, which write to topics. */
public interface TopicSinks {
  /**
   * Looks, before the job is submitted, that the topics take what is written.
   *
   * @throws io.callweave.options.OptionsException if they do not
   */
  void check() throws InterruptedException;

  /** Writes the results of an output to its topic: links, chains, edges, alerts or spans. */
  SinkFunction<ResultRecord> results(String output);

  /** Writes rejects to their topic. */
  SinkFunction<RejectedRecord> rejects();
}
