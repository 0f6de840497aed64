package io.callweave;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.REJECTS;
import static io.callweave.options.JobOptionTable.SPANS;

import io.callweave.alerts.AlertsStage;
import io.callweave.assemble.AssembleStage;
import io.callweave.attribute.AttributeStage;
import io.callweave.chain.ChainStage;
import io.callweave.edges.WindowsStage;
import io.callweave.link.LinkStage;
import io.callweave.merge.MergeStage;
import io.callweave.nativelib.CellKernel;
import io.callweave.nativelib.KeyedKernel;
import io.callweave.options.JobOptions;
import io.callweave.options.SinkKind;
import io.callweave.root.RootStage;
import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.route.RouteOperator;
import io.callweave.route.RouteSettings;
import io.callweave.stage.Block;
import io.callweave.stage.CellOperator;
import io.callweave.stage.EvenKeys;
import io.callweave.stage.KeyedOperator;
import io.callweave.stage.ResultRecord;
import io.callweave.stage.Stage;
import io.callweave.stage.StageOutput;
import io.callweave.stage.StandingOperator;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;

/**
 * The way of a call, between any source and any sinks.
 *
 * <p>The uids are part of the state: they never change.
 */
public final class JobTopology {
  private final CallInput input;
  private final JobOutputs outputs;

  public JobTopology(CallInput input, JobOutputs outputs) {
    this.input = input;
    this.outputs = outputs;
  }

  public void build(StreamExecutionEnvironment env, JobOptions options) {
    SingleOutputStreamOperator<Block> routed =
        env.addSource(input.source(), "Calls", Types.POJO(InputRecord.class))
            .uid(options.readsKafka() ? "source" : "source-" + options.source())
            .transform(
                "Route",
                Block.type(),
                new RouteOperator(new RouteSettings(options), input.backlog()))
            .uid("route");
    routed
        .getSideOutput(RouteOperator.REJECTS)
        .addSink(outputs.rejects)
        .uid(sinkUid("rejects", REJECTS, options))
        .name(sinkName("Rejects", REJECTS, options));
    DataStream<Block> legs =
        options.mergesReports() ? workGroups(new MergeStage(options), routed, options) : routed;
    if (options.outputs().writesLinks() || options.outputs().makesWindows()) {
      buildLinks(legs, options);
    }
    if (options.outputs().makesChains()) {
      buildChains(legs, options);
    }
  }

  private void buildLinks(DataStream<Block> legs, JobOptions options) {
    SingleOutputStreamOperator<Block> halves = work(new LinkStage(options), legs, options);
    if (options.outputs().writesLinks()) {
      work(new AssembleStage(options), halves, options)
          .addSink(outputs.links)
          .uid(sinkUid("results", LINKS, options))
          .name(sinkName("Results", LINKS, options));
    }
    if (options.outputs().writesEdges()) {
      work(WindowsStage.ofEdges(options), halves.getSideOutput(StageOutput.SUMS), options)
          .addSink(outputs.edges)
          .uid(sinkUid("edges", EDGES, options))
          .name(sinkName("Edges", EDGES, options));
    }
    if (options.outputs().writesAlerts()) {
      buildAlerts(
          AlertsStage.ofEdges(options),
          halves,
          outputs.alerts,
          "alerts-of-edges",
          "Alerts of edges",
          options);
    }
  }

  /** One subtask: what is true of all series is told once, and each topic has alerts in order. */
  private void buildAlerts(
      AlertsStage stage,
      SingleOutputStreamOperator<?> stageOfSums,
      SinkFunction<ResultRecord> sink,
      String sinkUid,
      String what,
      JobOptions options) {
    keyed(stage, stageOfSums.getSideOutput(StageOutput.SUMS))
        .transform(
            stage.name(),
            stage.outputType(),
            new KeyedOperator<>(stage, options.writeBehindBytes()))
        .uid(stage.uid())
        .setParallelism(1)
        .setMaxParallelism(EvenKeys.MAX_PARALLELISM)
        .addSink(sink)
        .uid(sinkUid(sinkUid, ALERTS_OUTPUT, options))
        .name(sinkName(what, ALERTS_OUTPUT, options))
        .setParallelism(1);
  }

  private void buildChains(DataStream<Block> legs, JobOptions options) {
    SingleOutputStreamOperator<Block> attributed =
        workGroups(new AttributeStage(options), legs, options);
    RootStage root = new RootStage(options);
    SingleOutputStreamOperator<Block> rooted =
        keyed(root, attributed)
            .transform(
                root.name(),
                root.outputType(),
                new StandingOperator<>(root, options.writeBehindBytes()))
            .uid(root.uid())
            .setParallelism(1)
            .setMaxParallelism(EvenKeys.MAX_PARALLELISM);
    SingleOutputStreamOperator<ResultRecord> chains =
        work(new ChainStage(options), rooted, options);
    if (options.outputs().writesChains()) {
      chains
          .addSink(outputs.chains)
          .uid(sinkUid("chains", CHAINS, options))
          .name(sinkName("Chains", CHAINS, options));
    }
    if (options.outputs().writesSpans()) {
      chains
          .getSideOutput(ChainStage.SPANS)
          .addSink(outputs.spans)
          .uid(sinkUid("spans", SPANS, options))
          .name(sinkName("Spans", SPANS, options));
    }
    if (options.outputs().writesEdges()) {
      work(WindowsStage.ofChains(options), chains.getSideOutput(StageOutput.SUMS), options)
          .addSink(outputs.entries)
          .uid(sinkUid("entries", EDGES, options))
          .name(sinkName("Entries", EDGES, options));
    }
    if (options.outputs().writesAlerts()) {
      buildAlerts(
          AlertsStage.ofChains(options),
          chains,
          outputs.entryAlerts,
          "alerts-of-entries",
          "Alerts of entries",
          options);
    }
  }

  /** Blocks by the groups of a stage, whatever their bucket. */
  private static KeyedStream<Block, Long> keyed(Stage<?, ?> stage, DataStream<Block> blocks) {
    return blocks.keyBy(new EvenKeys(stage.layout()), Types.LONG);
  }

  /** Has the groups of a stage worked, bucket after bucket. */
  private static SingleOutputStreamOperator<Block> workGroups(
      Stage<KeyedKernel, Block> stage, DataStream<Block> blocks, JobOptions options) {
    return keyed(stage, blocks)
        .transform(
            stage.name(),
            stage.outputType(),
            new KeyedOperator<>(stage, options.writeBehindBytes()))
        .uid(stage.uid())
        .setMaxParallelism(EvenKeys.MAX_PARALLELISM);
  }

  /** Has the cells of a stage worked. */
  private static <T> SingleOutputStreamOperator<T> work(
      Stage<CellKernel, T> stage, DataStream<Block> blocks, JobOptions options) {
    return blocks
        .keyBy(block -> block.cell, Types.LONG)
        .transform(
            stage.name(), stage.outputType(), new CellOperator<>(stage, options.writeBehindBytes()))
        .uid(stage.uid());
  }

  /**
   * What Flink knows the state of a sink by. Sinks of different kinds have different state: what
   * one has not committed yet the other cannot, and Flink asks before it drops it.
   */
  private static String sinkUid(String uid, String output, JobOptions options) {
    SinkKind kind = options.outputs().sink(output);
    return kind == SinkKind.KAFKA ? uid : uid + "-" + kind.word();
  }

  /**
   * The ids of the transactions of a sink for Kafka begin with the name of its task. Two jobs at
   * one Kafka whose tasks have the same names would abort each other's transactions.
   */
  private static String sinkName(String what, String output, JobOptions options) {
    String topic = options.outputs().topic(output);
    switch (options.outputs().sink(output)) {
      case FILES:
        return String.format("%s to files", what);
      case PRINT:
        return String.format("%s to the log", what);
      case ROCKETMQ:
        return String.format("%s to %s in RocketMQ", what, topic);
      default:
        return String.format("%s to %s as %s", what, topic, options.groupId());
    }
  }
}
