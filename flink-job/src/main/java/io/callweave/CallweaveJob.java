package io.callweave;

import io.callweave.alerts.AlertsStage;
import io.callweave.connector.Connectors;
import io.callweave.files.FileInput;
import io.callweave.files.OutputFolder;
import io.callweave.kafka.KafkaInput;
import io.callweave.kafka.preflight.Topics;
import io.callweave.options.JobOptionTable;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionWarnings;
import io.callweave.options.OptionsException;
import io.callweave.route.CallInput;
import io.callweave.route.RouteSettings;
import io.callweave.sink.TopicSinks;
import java.util.Optional;
import org.apache.flink.client.program.ProgramParametrizationException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The main class of the jar: checks the options and what they name, and submits the job. */
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
      prepare(options);
      build(env, options);
    } catch (OptionsException e) {
      throw new ProgramParametrizationException("callweave: " + e.getMessage());
    }
    env.execute(jobName);
  }

  /** Looks that what the job reads and writes is there, and makes what it may. */
  static void prepare(JobOptions options) throws InterruptedException {
    input(options).check();
    OutputFolder.prepare(options);
    Optional<TopicSinks> connected = JobOutputs.connected(options);
    if (connected.isPresent()) {
      connected.get().check();
    }
    if (options.usesKafka()) {
      new Topics(options).prepare();
    }
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

  /** The job, between what it reads and what it writes to. */
  static void build(StreamExecutionEnvironment env, JobOptions options) {
    JobEnvironment.configure(env, options);
    new JobTopology(input(options), JobOutputs.of(options)).build(env, options);
  }

  private static CallInput input(JobOptions options) {
    if (options.readsFiles()) {
      return new FileInput(options);
    }
    return options.readsKafka()
        ? new KafkaInput(options)
        : Connectors.ofSource(options.source()).input(options);
  }
}
