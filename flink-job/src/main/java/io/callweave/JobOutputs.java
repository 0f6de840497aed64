package io.callweave;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.REJECTS;
import static io.callweave.options.JobOptionTable.SPANS;

import io.callweave.connector.Connectors;
import io.callweave.files.FileSinks;
import io.callweave.kafka.KafkaSinks;
import io.callweave.options.JobOptions;
import io.callweave.options.SinkKind;
import io.callweave.print.PrintSink;
import io.callweave.route.RejectedRecord;
import io.callweave.sink.TopicSinks;
import io.callweave.stage.ResultRecord;
import java.util.Optional;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/** Where a job writes. */
public final class JobOutputs {
  final SinkFunction<ResultRecord> links;
  final SinkFunction<ResultRecord> chains;
  final SinkFunction<ResultRecord> edges;
  final SinkFunction<ResultRecord> entries;
  final SinkFunction<ResultRecord> alerts;
  final SinkFunction<ResultRecord> entryAlerts;
  final SinkFunction<ResultRecord> spans;
  final SinkFunction<RejectedRecord> rejects;

  /**
   * The outputs; those that the options do not ask for are not used.
   *
   * @param links gets every call with its parents and children
   * @param chains gets the chains
   * @param edges gets the windows of edges
   * @param entries gets the windows of chains, beside those of edges
   * @param alerts gets the alerts over the windows of edges
   * @param entryAlerts gets those over the windows of entries
   * @param spans gets the chains as spans
   * @param rejects gets what is no call that can be linked
   */
  public JobOutputs(
      SinkFunction<ResultRecord> links,
      SinkFunction<ResultRecord> chains,
      SinkFunction<ResultRecord> edges,
      SinkFunction<ResultRecord> entries,
      SinkFunction<ResultRecord> alerts,
      SinkFunction<ResultRecord> entryAlerts,
      SinkFunction<ResultRecord> spans,
      SinkFunction<RejectedRecord> rejects) {
    this.links = links;
    this.chains = chains;
    this.edges = edges;
    this.entries = entries;
    this.alerts = alerts;
    this.entryAlerts = entryAlerts;
    this.spans = spans;
    this.rejects = rejects;
  }

  /** The outputs where these options want them. */
  static JobOutputs of(JobOptions options) {
    KafkaSinks kafka = new KafkaSinks(options);
    FileSinks files = options.outputs().writesTo(SinkKind.FILES) ? new FileSinks(options) : null;
    TopicSinks rocketmq = connected(options).orElse(null);
    return new JobOutputs(
        results(options, files, rocketmq, kafka, LINKS, LINKS),
        results(options, files, rocketmq, kafka, CHAINS, CHAINS),
        results(options, files, rocketmq, kafka, EDGES, EDGES),
        results(options, files, rocketmq, kafka, EDGES, "entries"),
        results(options, files, rocketmq, kafka, ALERTS_OUTPUT, ALERTS_OUTPUT),
        results(options, files, rocketmq, kafka, ALERTS_OUTPUT, "entry-alerts"),
        results(options, files, rocketmq, kafka, SPANS, SPANS),
        rejects(options, files, rocketmq, kafka));
  }

  /**
   * The sinks of a jar beside the job's, if these options write to any.
   *
   * @throws io.callweave.options.OptionsException if the jar is not there
   */
  static Optional<TopicSinks> connected(JobOptions options) {
    return options.outputs().writesTo(SinkKind.ROCKETMQ)
        ? Optional.of(Connectors.ofSinks(SinkKind.ROCKETMQ).sinks(options))
        : Optional.empty();
  }

  /**
   * The sink of results.
   *
   * @param name tells the files of sinks apart that write to one folder
   */
  private static SinkFunction<ResultRecord> results(
      JobOptions options,
      FileSinks files,
      TopicSinks rocketmq,
      KafkaSinks kafka,
      String output,
      String name) {
    switch (options.outputs().sink(output)) {
      case FILES:
        return files.results(output, name);
      case PRINT:
        return PrintSink.results(output);
      case ROCKETMQ:
        return rocketmq.results(output);
      default:
        return kafka.results(output);
    }
  }

  private static SinkFunction<RejectedRecord> rejects(
      JobOptions options, FileSinks files, TopicSinks rocketmq, KafkaSinks kafka) {
    switch (options.outputs().sink(REJECTS)) {
      case FILES:
        return files.rejects(REJECTS);
      case PRINT:
        return PrintSink.rejects(REJECTS, options.inputTopic());
      case ROCKETMQ:
        return rocketmq.rejects();
      default:
        return kafka.rejects();
    }
  }
}
