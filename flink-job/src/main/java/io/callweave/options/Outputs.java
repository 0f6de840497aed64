package io.callweave.options;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.ALERTS_TOPIC;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.CHAINS_TOPIC;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.EDGES_TOPIC;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.OUTPUTS;
import static io.callweave.options.JobOptionTable.OUTPUT_TOPIC;
import static io.callweave.options.JobOptionTable.REJECTS;
import static io.callweave.options.JobOptionTable.REJECTS_TOPIC;
import static io.callweave.options.JobOptionTable.SINK;
import static io.callweave.options.JobOptionTable.SPANS;
import static io.callweave.options.JobOptionTable.SPANS_TOPIC;
import static io.callweave.options.JobOptionTable.ZIPKIN;

import java.util.List;
import java.util.stream.Collectors;

/** Which outputs the job writes, and where to. */
public final class Outputs {
  private final JobOptions options;

  Outputs(JobOptions options) {
    this.options = options;
  }

  /** The topics that the job writes to in systems of this kind. */
  public List<String> topics(SinkKind kind) {
    return Sinks.OUTPUTS.stream()
        .filter(output -> writesTo(kind, output))
        .map(this::topic)
        .collect(Collectors.toList());
  }

  /** The topic of links, chains, edges, alerts, spans or rejects. */
  public String topic(String output) {
    switch (output) {
      case LINKS:
        return options.get(OUTPUT_TOPIC);
      case CHAINS:
        return options.get(CHAINS_TOPIC);
      case EDGES:
        return options.get(EDGES_TOPIC);
      case ALERTS_OUTPUT:
        return options.get(ALERTS_TOPIC);
      case SPANS:
        return spansTopic();
      case REJECTS:
        return options.get(REJECTS_TOPIC);
      default:
        throw new IllegalArgumentException("there is no output " + output);
    }
  }

  /** Where nobody has named it, the one that readers of spans look at. */
  private String spansTopic() {
    String topic = options.get(SPANS_TOPIC);
    if (topic != null) {
      return topic;
    }
    return options.spansFormat().equals(ZIPKIN) ? "zipkin" : "otlp_spans";
  }

  /** Whether an output is written, and to this kind of sink. */
  public boolean writesTo(SinkKind kind, String output) {
    boolean written = output.equals(REJECTS) || options.get(OUTPUTS).contains(output);
    return written && options.get(SINK).of(output) == kind;
  }

  /** Whether any output is written to this kind of sink. */
  public boolean writesTo(SinkKind kind) {
    return Sinks.OUTPUTS.stream().anyMatch(output -> writesTo(kind, output));
  }

  /** Where links, chains, edges, alerts, spans or rejects are written to. */
  public SinkKind sink(String output) {
    return options.get(SINK).of(output);
  }

  /** Whether calls are written with their parents and children. */
  public boolean writesLinks() {
    return options.get(OUTPUTS).contains(LINKS);
  }

  /** Whether chains are written. */
  public boolean writesChains() {
    return options.get(OUTPUTS).contains(CHAINS);
  }

  /** Whether chains are written as spans. */
  public boolean writesSpans() {
    return options.get(OUTPUTS).contains(SPANS);
  }

  /** Whether chains are made, in whatever form they are written. */
  public boolean makesChains() {
    return writesChains() || writesSpans();
  }

  /** Whether windows of edges are written; where chains are made, also those of chains. */
  public boolean writesEdges() {
    return options.get(OUTPUTS).contains(EDGES);
  }

  /** Whether alerts over windows are written. */
  public boolean writesAlerts() {
    return options.get(OUTPUTS).contains(ALERTS_OUTPUT);
  }

  /** Whether windows are made, be it to write or to judge them. */
  public boolean makesWindows() {
    return writesEdges() || writesAlerts();
  }
}
