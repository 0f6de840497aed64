package io.callweave.bench.literal;

import io.callweave.route.InputRecord;
import io.callweave.stage.ResultRecord;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.util.Collector;

/**
 * The link rule as a Flink job without blocks and without Rust, as a good engineer writes it: a
 * record a call, keyed by address and then by id, Flink's own serializers, state and timers. It
 * takes valid calls only, and drops no repeats.
 */
public final class LiteralJob {
  private LiteralJob() {}

  /** Builds it between a source and a sink. */
  public static void build(
      DataStream<InputRecord> records, Duration maxOutOfOrder, SinkFunction<ResultRecord> results) {
    records
        .map(new ParseCall())
        .assignTimestampsAndWatermarks(
            WatermarkStrategy.<Call>forBoundedOutOfOrderness(maxOutOfOrder)
                .withTimestampAssigner((call, unknown) -> call.startMs))
        .flatMap(new ToLegs())
        .keyBy(leg -> leg.address)
        .process(new LinkByAddress())
        .name("Link by address")
        .keyBy(half -> half.call.id)
        .process(new MergeById())
        .name("Merge by id")
        .addSink(results);
  }

  /** A call takes part at both of its addresses. */
  private static final class ToLegs implements FlatMapFunction<Call, Leg> {
    private static final long serialVersionUID = 1L;

    @Override
    public void flatMap(Call call, Collector<Leg> out) {
      out.collect(new Leg(call.src, false, call));
      out.collect(new Leg(call.dst, true, call));
    }
  }
}
