package io.callweave;

import io.callweave.assemble.AssembleStage;
import io.callweave.assemble.LinkedCall;
import io.callweave.link.LinkStage;
import io.callweave.nativelib.CellKernel;
import io.callweave.options.JobOptions;
import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.route.RejectedRecord;
import io.callweave.route.RouteOperator;
import io.callweave.route.RouteSettings;
import io.callweave.stage.Block;
import io.callweave.stage.CellOperator;
import io.callweave.stage.Stage;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
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
  private final SinkFunction<LinkedCall> results;
  private final SinkFunction<RejectedRecord> rejects;

  public JobTopology(
      CallInput input, SinkFunction<LinkedCall> results, SinkFunction<RejectedRecord> rejects) {
    this.input = input;
    this.results = results;
    this.rejects = rejects;
  }

  public void build(StreamExecutionEnvironment env, JobOptions options) {
    SingleOutputStreamOperator<Block> routed =
        env.addSource(input.source(), "Calls", Types.POJO(InputRecord.class))
            .uid("source")
            .transform(
                "Route",
                Block.type(),
                new RouteOperator(new RouteSettings(options), input.backlog()))
            .uid("route");
    routed
        .getSideOutput(RouteOperator.REJECTS)
        .addSink(rejects)
        .uid("rejects")
        .name(sinkName("Rejects", options.rejectsTopic(), options));
    SingleOutputStreamOperator<Block> halves = work(new LinkStage(options), routed, options);
    SingleOutputStreamOperator<LinkedCall> linked =
        work(new AssembleStage(options), halves, options);
    linked
        .addSink(results)
        .uid("results")
        .name(sinkName("Results", options.outputTopic(), options));
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
   * The ids of a sink's transactions begin with the name of its task. Two jobs at one Kafka whose
   * tasks have the same names would abort each other's transactions.
   */
  private static String sinkName(String what, String topic, JobOptions options) {
    return String.format("%s to %s as %s", what, topic, options.groupId());
  }
}
