package io.callweave.bench;

import static io.callweave.options.JobOptionTable.LINKS;

import io.callweave.JobEnvironment;
import io.callweave.kafka.CallSource;
import io.callweave.kafka.KafkaSinks;
import io.callweave.kafka.preflight.Topics;
import io.callweave.options.JobOptions;
import io.callweave.route.InputRecord;
import io.callweave.stage.ResultRecord;
import java.util.Collections;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/**
 * Writes what it reads: the least that a Flink job from Kafka to Kafka can cost. It takes the job's
 * options and has its source, its sink, the properties of their clients and its checkpoints.
 */
public final class PassThroughJob {
  private PassThroughJob() {}

  public static void main(String[] args) throws Exception {
    JobOptions options = JobOptions.parse(args, Collections.emptyMap());
    new Topics(options).prepare();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    JobEnvironment.configure(env, options);
    build(
        env,
        new CallSource(options.inputTopic(), options.consumerProperties()),
        new KafkaSinks(options).results(LINKS),
        options);
    env.execute("pass-through");
  }

  static void build(
      StreamExecutionEnvironment env,
      SourceFunction<InputRecord> source,
      SinkFunction<ResultRecord> sink,
      JobOptions options) {
    env.addSource(source, "Calls", Types.POJO(InputRecord.class))
        .uid("source")
        .map(record -> new ResultRecord(null, record.value))
        .returns(Types.POJO(ResultRecord.class))
        .addSink(sink)
        .uid("results")
        // The ids of its transactions begin with this name.
        .name("Copies to " + options.outputs().topic(LINKS));
  }
}
