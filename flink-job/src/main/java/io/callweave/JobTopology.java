package io.callweave;

import io.callweave.assemble.AssembleFunction;
import io.callweave.assemble.LinkedCall;
import io.callweave.cells.Block;
import io.callweave.cells.CellOperator;
import io.callweave.clock.BacklogFactory;
import io.callweave.link.LinkFunction;
import io.callweave.options.JobOptions;
import io.callweave.route.RejectedRecord;
import io.callweave.route.RouteOperator;
import io.callweave.route.RouteSettings;
import io.callweave.source.InputRecord;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/**
 * The way of a call, between any source and any sinks.
 *
 * <p>The uids are part of the state: they never change.
 */
public final class JobTopology {
  private final SourceFunction<InputRecord> source;
  private final BacklogFactory backlog;
  private final SinkFunction<LinkedCall> results;
  private final SinkFunction<RejectedRecord> rejects;

  public JobTopology(
      SourceFunction<InputRecord> source,
      BacklogFactory backlog,
      SinkFunction<LinkedCall> results,
      SinkFunction<RejectedRecord> rejects) {
    this.source = source;
    this.backlog = backlog;
    this.results = results;
    this.rejects = rejects;
  }

  public void build(StreamExecutionEnvironment env, JobOptions options) {
    SingleOutputStreamOperator<Block> routed =
        env.addSource(source, "Calls", Types.POJO(InputRecord.class))
            .uid("source")
            .transform(
                "Route", Block.type(), new RouteOperator(new RouteSettings(options), backlog))
            .uid("route");
    routed
        .getSideOutput(RouteOperator.REJECTS)
        .addSink(rejects)
        .uid("rejects")
        .name(sinkName("Rejects", options.rejectsTopic(), options));
    routed
        .keyBy(block -> block.cell, Types.LONG)
        .transform(
            "Link",
            Block.type(),
            new CellOperator<>(
                new LinkFunction(options.ipGrid(), options.idGroups(), options.maxLinks()),
                options.writeBehindBytes()))
        .uid("link")
        .keyBy(block -> block.cell, Types.LONG)
        .transform(
            "Assemble",
            Types.POJO(LinkedCall.class),
            new CellOperator<>(
                new AssembleFunction(options.idGrid(), options.maxLinks()),
                options.writeBehindBytes()))
        .uid("assemble")
        .addSink(results)
        .uid("results")
        .name(sinkName("Results", options.outputTopic(), options));
  }

  /**
   * The ids of a sink's transactions begin with the name of its task. Two jobs at one Kafka whose
   * tasks have the same names would abort each other's transactions.
   */
  private static String sinkName(String what, String topic, JobOptions options) {
    return String.format("%s to %s as %s", what, topic, options.groupId());
  }
}
