package io.callweave;

import io.callweave.alerts.AlertsStage;
import io.callweave.kafka.KafkaInput;
import io.callweave.kafka.KafkaSinks;
import io.callweave.kafka.preflight.Topics;
import io.callweave.options.JobOptionTable;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionWarnings;
import io.callweave.options.OptionsException;
import io.callweave.route.RouteSettings;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The main class of the jar: checks the options and the broker, and submits the job. */
public final class CallweaveJob {
  private static final Logger LOG = LoggerFactory.getLogger(CallweaveJob.class);

  private CallweaveJob() {}

  public static void main(String[] args) throws Exception {
    // Of this exception, and of no other, the Flink client prints the message alone.
    if (JobOptions.wantsHelp(args)) {
      throw new ProgramParametrizationException(JobOptionTable.help());
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    String jobName;
    try {
      JobOptions options = JobOptions.parse(args, System.getenv());
      jobName = options.jobName();
      OptionWarnings.of(options).forEach(CallweaveJob::warn);
      check("the map is", () -> new RouteSettings(options).checkMap());
      check("the rules of alerts are", () -> AlertsStage.checkRules(options));
      new Topics(options).prepare();
      build(env, options);
    } catch (OptionsException e) {
      throw new ProgramParametrizationException("callweave: " + e.getMessage());
    }
    env.execute(jobName);
  }

  private static void check(String what, Runnable check) {
    try {
      check.run();
    } catch (IllegalStateException e) {
      // The job is submitted from a machine that it need not run on.
      warn(what + " not checked before the job runs: " + e.getMessage());
    }
  }

  /** Into the log, and to the user: Flink's client writes its log to a file alone. */
  private static void warn(String sentence) {
    LOG.warn("{}", sentence);
    System.err.println("callweave: warning: " + sentence);
  }

  /** The job from Kafka to Kafka. */
  static void build(StreamExecutionEnvironment env, JobOptions options) {
    JobEnvironment.configure(env, options);
    KafkaSinks sinks = new KafkaSinks(options);
    JobOutputs outputs =
        new JobOutputs(
            sinks.links(),
            sinks.chains(),
            sinks.edges(),
            sinks.alerts(),
            sinks.spans(),
            sinks.rejects());
    new JobTopology(new KafkaInput(options), outputs).build(env, options);
  }
}
