package io.callweave;

import io.callweave.route.RejectedRecord;
import io.callweave.stage.ResultRecord;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** Where a job writes. */
public final class JobOutputs {
  final SinkFunction<ResultRecord> links;
  final SinkFunction<ResultRecord> chains;
  final SinkFunction<ResultRecord> edges;
  final SinkFunction<ResultRecord> alerts;
  final SinkFunction<ResultRecord> spans;
  final SinkFunction<RejectedRecord> rejects;

  /**
   * The outputs; those that the options do not ask for are not used.
   *
   * @param links gets every call with its parents and children
   * @param chains gets the chains
   * @param edges gets the windows of edges, and of chains
   * @param alerts gets the alerts over these windows
   * @param spans gets the chains as spans
   * @param rejects gets what is no call that can be linked
   */
  public JobOutputs(
      SinkFunction<ResultRecord> links,
      SinkFunction<ResultRecord> chains,
      SinkFunction<ResultRecord> edges,
      SinkFunction<ResultRecord> alerts,
      SinkFunction<ResultRecord> spans,
      SinkFunction<RejectedRecord> rejects) {
    this.links = links;
    this.chains = chains;
    this.edges = edges;
    this.alerts = alerts;
    this.spans = spans;
    this.rejects = rejects;
  }
}
