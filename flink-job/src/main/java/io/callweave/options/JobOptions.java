package io.callweave.options;

import static io.callweave.options.JobOptionTable.ALERTS;
import static io.callweave.options.JobOptionTable.ALL;
import static io.callweave.options.JobOptionTable.ATTRIBUTION_EFFORT;
import static io.callweave.options.JobOptionTable.AUTO_OFFSET_RESET;
import static io.callweave.options.JobOptionTable.BOOTSTRAP;
import static io.callweave.options.JobOptionTable.CHECKPOINT_DIR;
import static io.callweave.options.JobOptionTable.CHECKPOINT_INTERVAL_MS;
import static io.callweave.options.JobOptionTable.DELIVERY;
import static io.callweave.options.JobOptionTable.FILES;
import static io.callweave.options.JobOptionTable.FILE_FORMAT;
import static io.callweave.options.JobOptionTable.GROUP_ID;
import static io.callweave.options.JobOptionTable.IDLE_FLUSH_MS;
import static io.callweave.options.JobOptionTable.ID_GROUPS;
import static io.callweave.options.JobOptionTable.INPUT;
import static io.callweave.options.JobOptionTable.INPUT_FORMAT;
import static io.callweave.options.JobOptionTable.INPUT_MESSAGE;
import static io.callweave.options.JobOptionTable.INPUT_TOPIC;
import static io.callweave.options.JobOptionTable.JOB_NAME;
import static io.callweave.options.JobOptionTable.KAFKA;
import static io.callweave.options.JobOptionTable.KAFKA_CONFIG;
import static io.callweave.options.JobOptionTable.MAP;
import static io.callweave.options.JobOptionTable.MAX_CHAIN_CALLS;
import static io.callweave.options.JobOptionTable.MAX_FUTURE_SKEW_MS;
import static io.callweave.options.JobOptionTable.MAX_LATENCY_MS;
import static io.callweave.options.JobOptionTable.MAX_LINKS;
import static io.callweave.options.JobOptionTable.MAX_OUT_OF_ORDER_MS;
import static io.callweave.options.JobOptionTable.MAX_RECORD_BYTES;
import static io.callweave.options.JobOptionTable.MAX_SERIES;
import static io.callweave.options.JobOptionTable.MERGE_REPORTS;
import static io.callweave.options.JobOptionTable.OUTPUT;
import static io.callweave.options.JobOptionTable.OUTPUT_FORMAT;
import static io.callweave.options.JobOptionTable.PARALLELISM;
import static io.callweave.options.JobOptionTable.PARTITION_IDLE_MS;
import static io.callweave.options.JobOptionTable.PASS_THROUGH;
import static io.callweave.options.JobOptionTable.ROCKETMQ_NAMESRV;
import static io.callweave.options.JobOptionTable.SERVICES;
import static io.callweave.options.JobOptionTable.SOURCE;
import static io.callweave.options.JobOptionTable.SPANS_FORMAT;
import static io.callweave.options.JobOptionTable.SPAN_STYLE;
import static io.callweave.options.JobOptionTable.WATCH;
import static io.callweave.options.JobOptionTable.WINDOW_MS;
import static io.callweave.options.JobOptionTable.WINDOW_SLIDE_MS;
import static io.callweave.options.JobOptionTable.WRITE_BEHIND_MIB;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What the job was asked to do: the command line, else the environment, else the default. Checked
 * as a whole before anything else is done.
 */
public final class JobOptions {
  static final String KAFKA_PREFIX = "kafka.";

  private final Map<Option<?>, Object> values = new HashMap<>();
  private final KafkaProperties kafka;
  private final String services;
  private final String alertRules;
  private final Optional<OwnMessage> inputMessage;

  private JobOptions(Map<String, String> arguments, Map<String, String> environment) {
    Map<String, String> rest = new LinkedHashMap<>(arguments);
    for (Option<?> option : ALL) {
      read(option, rest.remove(option.name), environment);
    }
    kafka = new KafkaProperties(get(BOOTSTRAP));
    if (get(KAFKA_CONFIG) != null) {
      kafka.readFile(get(KAFKA_CONFIG));
    }
    services = get(SERVICES) == null ? "" : servicesFile().text();
    alertRules = get(ALERTS) == null ? "" : alertsFileOfOption().text();
    inputMessage =
        Optional.ofNullable(get(INPUT_MESSAGE))
            .map(text -> OwnMessage.read(INPUT_MESSAGE.name, text));
    for (Map.Entry<String, String> entry : rest.entrySet()) {
      if (!entry.getKey().startsWith(KAFKA_PREFIX)) {
        throw new OptionsException(
            String.format("--%s is no option; --help prints those that are", entry.getKey()));
      }
      String name = entry.getKey().substring(KAFKA_PREFIX.length());
      kafka.set(name, entry.getValue(), "--" + entry.getKey());
    }
    OptionRelations.check(this);
  }

  /**
   * Reads the options.
   *
   * @throws OptionsException if one of them is not right
   */
  public static JobOptions parse(String[] args, Map<String, String> environment) {
    return new JobOptions(Arguments.parse(args), environment);
  }

  private OptionFile servicesFile() {
    return new OptionFile(SERVICES.name, get(SERVICES), "a text with lines ADDRESS,NAME");
  }

  private OptionFile alertsFileOfOption() {
    return new OptionFile(ALERTS.name, get(ALERTS), "a text of YAML");
  }

  private <T> void read(Option<T> option, String argument, Map<String, String> environment) {
    if (argument != null) {
      values.put(option, option.read(argument, "--" + option.name));
      return;
    }
    for (String variable : option.environment) {
      String text = environment.get(variable);
      if (text != null && !text.isEmpty()) {
        values.put(option, option.read(text, variable));
        return;
      }
    }
    if (option.defaultText != null) {
      values.put(option, option.read(option.defaultText, "the default of " + option.name));
    }
  }

  /** What is written, and where to. */
  public Outputs outputs() {
    return new Outputs(this);
  }

  /** How time is cut into the cells of each stage. */
  public Layouts layouts() {
    return new Layouts(this);
  }

  /** Whether calls are read from files. */
  public boolean readsFiles() {
    return source().equals(FILES);
  }

  /** Whether calls are read from a topic of Kafka. */
  public boolean readsKafka() {
    return source().equals(KAFKA);
  }

  /** Where calls are read from: kafka, files or rocketmq. */
  public String source() {
    return get(SOURCE);
  }

  /** The name servers of RocketMQ, with commas between; null where none is used. */
  public String rocketmqNamesrv() {
    return get(ROCKETMQ_NAMESRV);
  }

  /** Whether a source without a committed offset begins at the end of what is there. */
  public boolean startsAtLatest() {
    return get(AUTO_OFFSET_RESET).equals("latest");
  }

  /** Whether the job has anything to do with Kafka. */
  public boolean usesKafka() {
    return readsKafka() || outputs().writesTo(SinkKind.KAFKA);
  }

  /** The files that are read, as a URI that may be a pattern; null where there are none. */
  public String input() {
    return get(INPUT);
  }

  /** Whether the job waits for new files. */
  public boolean watches() {
    return get(WATCH);
  }

  /** The folder of files that are written, as a URI; null where there is none. */
  public String output() {
    return get(OUTPUT);
  }

  /** What files that are written hold: the ending of their names. */
  public String fileFormat() {
    return get(FILE_FORMAT);
  }

  @SuppressWarnings("unchecked")
  <T> T get(Option<T> option) {
    return (T) values.get(option);
  }

  /** Whether help is asked for. */
  public static boolean wantsHelp(String[] args) {
    return Arrays.asList(args).contains("--help") || Arrays.asList(args).contains("-h");
  }

  /** Options that may be shown: all but the properties of the Kafka clients. */
  public Map<String, String> shown() {
    Map<String, String> shown = new LinkedHashMap<>();
    for (Option<?> option : ALL) {
      Object value = values.get(option);
      if (value != null) {
        shown.put(option.name, shown(value));
      }
    }
    return shown;
  }

  /** A value as a user would write it. */
  private static String shown(Object value) {
    return value instanceof List
        ? ((List<?>) value).stream().map(String::valueOf).collect(Collectors.joining(","))
        : value.toString();
  }

  public String bootstrap() {
    return get(BOOTSTRAP);
  }

  public String inputTopic() {
    return get(INPUT_TOPIC);
  }

  /** How spans are written: otlp or zipkin. */
  public String spansFormat() {
    return get(SPANS_FORMAT);
  }

  /** Which spans a call becomes: server or pair. */
  public String spanStyle() {
    return get(SPAN_STYLE);
  }

  public String groupId() {
    return get(GROUP_ID);
  }

  /** Subtasks per operator, null for the cluster's. */
  public Integer parallelism() {
    Long parallelism = get(PARALLELISM);
    return parallelism == null ? null : Integer.valueOf(parallelism.intValue());
  }

  public long maxOutOfOrderMs() {
    return get(MAX_OUT_OF_ORDER_MS);
  }

  public long idleFlushMs() {
    return get(IDLE_FLUSH_MS);
  }

  public long maxLatencyMs() {
    return get(MAX_LATENCY_MS);
  }

  public long maxFutureSkewMs() {
    return get(MAX_FUTURE_SKEW_MS);
  }

  public long partitionIdleMs() {
    return get(PARTITION_IDLE_MS);
  }

  public int maxLinks() {
    return get(MAX_LINKS).intValue();
  }

  public int maxRecordBytes() {
    return get(MAX_RECORD_BYTES).intValue();
  }

  public boolean passThrough() {
    return get(PASS_THROUGH);
  }

  public boolean mergesReports() {
    return get(MERGE_REPORTS);
  }

  /** Where the fields of a call stand in a record; empty for the built-in form. */
  public String map() {
    return get(MAP) == null ? "" : get(MAP);
  }

  /** The message that records in protobuf are; empty for the built-in one. */
  public Optional<OwnMessage> inputMessage() {
    return inputMessage;
  }

  /** How records are written: json or protobuf. */
  public String inputFormat() {
    return get(INPUT_FORMAT);
  }

  /** How linked calls, chains and windows are written: json or protobuf. */
  public String outputFormat() {
    return get(OUTPUT_FORMAT);
  }

  public long windowMs() {
    return get(WINDOW_MS);
  }

  public long windowSlideMs() {
    Long slideMs = get(WINDOW_SLIDE_MS);
    return slideMs == null ? windowMs() : slideMs;
  }

  public int maxSeries() {
    return get(MAX_SERIES).intValue();
  }

  /** Units of work for a call whose parent is chosen. */
  public int attributionEffort() {
    return get(ATTRIBUTION_EFFORT).intValue();
  }

  public int maxChainCalls() {
    return get(MAX_CHAIN_CALLS).intValue();
  }

  /** The names of services as their file has them; empty for none. */
  public String services() {
    return services;
  }

  /** The file of the rules of alerts, null for none. */
  public String alertsFile() {
    return get(ALERTS);
  }

  /** What the file changes of the built-in rules; empty for nothing. */
  public String alertRules() {
    return alertRules;
  }

  public int idGroups() {
    return get(ID_GROUPS).intValue();
  }

  /** Blocks and native memory that the stages of a slot may hold together. */
  public long writeBehindBytes() {
    return get(WRITE_BEHIND_MIB) << 20;
  }

  public boolean exactlyOnce() {
    return get(DELIVERY).equals("exactly-once");
  }

  public long checkpointIntervalMs() {
    return get(CHECKPOINT_INTERVAL_MS);
  }

  /** URI of the checkpoints, null for the cluster's. */
  public String checkpointDir() {
    return get(CHECKPOINT_DIR);
  }

  /** What Flink calls the job. */
  public String jobName() {
    return get(JOB_NAME);
  }

  /** Properties of an admin client. */
  public Properties adminProperties() {
    return kafka.admin();
  }

  /** Properties of the source. */
  public Properties consumerProperties() {
    return kafka.consumer(get(GROUP_ID), get(AUTO_OFFSET_RESET));
  }

  /** Properties of the sinks. */
  public Properties producerProperties() {
    return kafka.producer();
  }
}
