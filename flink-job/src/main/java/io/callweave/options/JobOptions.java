package io.callweave.options;

import io.callweave.stage.CellLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What the job was asked to do: the command line, else the environment, else the default. Checked
 * as a whole before anything else is done.
 */
public final class JobOptions {
  private static final long DAY_MS = 24 * 60 * 60 * 1000L;
  static final String KAFKA_PREFIX = "kafka.";
  static final int MAX_BUCKETS_PER_CALL = 10_000;

  private static final String LINKS = "links";
  private static final String CHAINS = "chains";
  private static final String EDGES = "edges";

  /** Most windows that a moment lies in. */
  static final int MAX_WINDOW_OVERLAP = 100;

  /** How long after the end of its root a chain waits for more calls, and 1 ms for rounding. */
  private static final long CHAIN_COMPLETE_MS = 1_022;

  private static final Option<String> BOOTSTRAP =
      Option.brokers("bootstrap", "localhost:9092", "Kafka brokers, host:port, comma between")
          .orEnvironment("KAFKA_BOOTSTRAP");
  private static final Option<String> INPUT_TOPIC =
      Option.topic("input-topic", "test-topic", "topic of the calls").orEnvironment("KAFKA_TOPIC");
  private static final Option<String> OUTPUT_TOPIC =
      Option.topic("output-topic", "linked-topic", "topic of the linked calls")
          .orEnvironment("KAFKA_OUTPUT_TOPIC");
  private static final Option<String> CHAINS_TOPIC =
      Option.topic("chains-topic", "chains-topic", "topic of the chains")
          .orEnvironment("KAFKA_CHAINS_TOPIC");
  private static final Option<String> EDGES_TOPIC =
      Option.topic("edges-topic", "edges-topic", "topic of the windows of edges")
          .orEnvironment("KAFKA_EDGES_TOPIC");
  private static final Option<String> REJECTS_TOPIC =
      Option.topic("rejects-topic", "rejected-topic", "topic of what is no call, with the reason")
          .orEnvironment("KAFKA_REJECTS_TOPIC");
  private static final Option<List<String>> OUTPUTS =
      Option.several(
          "outputs",
          Arrays.asList(LINKS, CHAINS),
          "what is written: calls with their links, chains, windows of edges; rejects always",
          LINKS,
          CHAINS,
          EDGES);
  private static final Option<String> GROUP_ID =
      Option.text("group-id", "callweave", "consumer group").orEnvironment("KAFKA_GROUP_ID");
  private static final Option<String> AUTO_OFFSET_RESET =
      Option.choice(
              "auto-offset-reset",
              "where to begin where the group has no offset",
              "earliest",
              "latest")
          .orEnvironment("KAFKA_AUTO_OFFSET_RESET");
  private static final Option<Long> PARALLELISM =
      Option.number("parallelism", null, 1, 720, "subtasks per operator; default: the cluster's")
          .orEnvironment("SIMPY_PARALLELISM", "KAFKA_PARTITIONS", "KAFKA_NUM_PARTITIONS");
  private static final Option<Long> MAX_OUT_OF_ORDER_MS =
      Option.number(
              "max-out-of-order-ms",
              30_000L,
              0,
              DAY_MS,
              "how long after the highest start of its partition a call may still come, ms")
          .orEnvironment("SIMPY_MAX_OUT_OF_ORDER_MS");
  private static final Option<Long> IDLE_FLUSH_MS =
      Option.number(
              "idle-flush-ms",
              30_000L,
              0,
              DAY_MS,
              "silence of the whole topic after which all that waits is written, ms")
          .orEnvironment("SIMPY_IDLE_FLUSH_MS");
  private static final Option<Long> MAX_LATENCY_MS =
      Option.number("max-latency-ms", 20_000L, 0, DAY_MS, "longest call, ms; longer: too_long");
  private static final Option<Long> MAX_FUTURE_SKEW_MS =
      Option.number(
          "max-future-skew-ms",
          10_000L,
          0,
          DAY_MS,
          "how far ahead of the wall clock a call may start, ms; further: future");
  private static final Option<Long> PARTITION_IDLE_MS =
      Option.number(
          "partition-idle-ms",
          10_000L,
          0,
          DAY_MS,
          "silence after which a partition no longer holds time back, ms");
  private static final Option<Long> MAX_LINKS =
      Option.number("max-links", 1_000L, 1, 100_000, "ids in one list at most");
  private static final Option<Long> MAX_RECORD_BYTES =
      Option.number(
          "max-record-bytes", 65_536L, 1, 16 << 20, "longest record, bytes; longer: malformed");
  private static final Option<Boolean> PASS_THROUGH =
      Option.flag("pass-through", "whether other fields of a call go to the output");
  private static final Option<String> MAP =
      Option.text(
          "map",
          null,
          "where the fields of a call stand in a record: FIELD=PATH[:UNIT],... or envoy, hubble,"
              + " zipkin, otlp");
  private static final Option<Long> MAX_CHAIN_CALLS =
      Option.number(
          "max-chain-calls", 10_000L, 1, 100_000, "calls in one chain at most; more: omitted");
  private static final Option<String> SERVICES =
      Option.text("services", null, "file with the names of services, ADDRESS,NAME a line");
  private static final Option<Long> DECIDE_EVERY_MS =
      Option.number(
          "decide-every-ms",
          5_000L,
          1,
          DAY_MS,
          "width of the windows in which parents are decided, ms, in whole buckets; part of the"
              + " state");
  private static final Option<Long> LOOK_AHEAD_MS =
      Option.number(
          "look-ahead-ms",
          1_000L,
          0,
          DAY_MS,
          "how much later a window is decided, ms, in whole buckets; part of the state");
  private static final Option<Long> ATTRIBUTION_EFFORT =
      Option.number(
          "attribution-effort",
          2_000L,
          0,
          1_000_000,
          "work that the choice of a call's parent may cost, in units of about 20 ns; 0: each"
              + " link by itself");
  private static final Option<Long> WINDOW_MS =
      Option.number(
          "window-ms",
          60_000L,
          1,
          DAY_MS,
          "width of the windows of edges, ms, in whole buckets; part of the state");
  private static final Option<Long> WINDOW_SLIDE_MS =
      Option.number(
          "window-slide-ms",
          null,
          1,
          DAY_MS,
          "how much later the next window begins, ms, in whole buckets; default: window-ms; part of"
              + " the state");
  private static final Option<Long> MAX_SERIES =
      Option.number(
          "max-series",
          10_000L,
          1,
          1_000_000,
          "edges, entries and services of a window at most, of each; more: summed as other");
  private static final Option<Long> BUCKET_MS =
      Option.number(
          "bucket-ms", 1_000L, 1, DAY_MS, "width of a time bucket, ms; part of the state");
  private static final Option<Long> IP_GROUPS =
      Option.number("ip-groups", 16L, 1, 256, "groups of addresses; part of the state");
  private static final Option<Long> ID_GROUPS =
      Option.number("id-groups", 4L, 1, 256, "groups of ids; part of the state");
  private static final Option<Long> WRITE_BEHIND_MIB =
      Option.number(
          "write-behind-mib",
          96L,
          0,
          1 << 20,
          "blocks and native memory that the stages of a slot hold together, MiB; more blocks go to"
              + " RocksDB");
  private static final Option<String> DELIVERY =
      Option.choice("delivery", "guarantee of the sinks", "exactly-once", "at-least-once");
  private static final Option<Long> CHECKPOINT_INTERVAL_MS =
      Option.number("checkpoint-interval-ms", 10_000L, 10, DAY_MS, "time between checkpoints, ms");
  private static final Option<String> CHECKPOINT_DIR =
      Option.folder("checkpoint-dir", "URI of the checkpoints; default: the cluster's");
  private static final Option<String> KAFKA_CONFIG =
      Option.text("kafka-config", null, "file with properties of the Kafka clients");
  private static final Option<String> JOB_NAME =
      Option.text("job-name", "callweave", "what Flink calls the job");

  static final List<Option<?>> ALL =
      Collections.unmodifiableList(
          Arrays.asList(
              BOOTSTRAP,
              INPUT_TOPIC,
              OUTPUT_TOPIC,
              CHAINS_TOPIC,
              EDGES_TOPIC,
              REJECTS_TOPIC,
              OUTPUTS,
              GROUP_ID,
              AUTO_OFFSET_RESET,
              PARALLELISM,
              MAX_OUT_OF_ORDER_MS,
              IDLE_FLUSH_MS,
              MAX_LATENCY_MS,
              MAX_FUTURE_SKEW_MS,
              PARTITION_IDLE_MS,
              MAX_LINKS,
              MAX_RECORD_BYTES,
              PASS_THROUGH,
              MAP,
              MAX_CHAIN_CALLS,
              SERVICES,
              DECIDE_EVERY_MS,
              LOOK_AHEAD_MS,
              ATTRIBUTION_EFFORT,
              WINDOW_MS,
              WINDOW_SLIDE_MS,
              MAX_SERIES,
              BUCKET_MS,
              IP_GROUPS,
              ID_GROUPS,
              WRITE_BEHIND_MIB,
              DELIVERY,
              CHECKPOINT_INTERVAL_MS,
              CHECKPOINT_DIR,
              KAFKA_CONFIG,
              JOB_NAME));

  private final Map<Option<?>, Object> values = new HashMap<>();
  private final KafkaProperties kafka;
  private final String services;

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
    for (Map.Entry<String, String> entry : rest.entrySet()) {
      if (!entry.getKey().startsWith(KAFKA_PREFIX)) {
        throw new OptionsException(
            String.format("--%s is no option; --help prints those that are", entry.getKey()));
      }
      String name = entry.getKey().substring(KAFKA_PREFIX.length());
      kafka.set(name, entry.getValue(), "--" + entry.getKey());
    }
    checkTogether();
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

  private void checkTogether() {
    if (get(MAX_LATENCY_MS) / get(BUCKET_MS) > MAX_BUCKETS_PER_CALL) {
      throw new OptionsException(
          String.format(
              "--max-latency-ms %d is more than %d times --bucket-ms %d; use wider buckets",
              get(MAX_LATENCY_MS), MAX_BUCKETS_PER_CALL, get(BUCKET_MS)));
    }
    if (writesEdges()) {
      checkWindows();
    }
    List<String> topics = topics();
    if (new HashSet<>(topics).size() < topics.size()) {
      throw new OptionsException(
          "the topics of the job are "
              + String.join(", ", topics)
              + "; different topics are wanted");
    }
  }

  private void checkWindows() {
    long windowMs = get(WINDOW_MS);
    long slideMs = windowSlideMs();
    if (slideMs % get(BUCKET_MS) != 0) {
      throw new OptionsException(
          String.format(
              "--%s %d is no multiple of --bucket-ms %d; windows of whole buckets are wanted",
              get(WINDOW_SLIDE_MS) == null ? WINDOW_MS.name : WINDOW_SLIDE_MS.name,
              slideMs,
              get(BUCKET_MS)));
    }
    if (windowMs % slideMs != 0 || windowMs / slideMs > MAX_WINDOW_OVERLAP) {
      throw new OptionsException(
          String.format(
              "--window-ms %d is not 1 to %d times --window-slide-ms %d",
              windowMs, MAX_WINDOW_OVERLAP, slideMs));
    }
  }

  private List<String> topics() {
    List<String> topics = new ArrayList<>(sinkTopics());
    topics.add(get(INPUT_TOPIC));
    return topics;
  }

  /** The topics that the job writes to. */
  public List<String> sinkTopics() {
    List<String> topics = new ArrayList<>();
    if (writesLinks()) {
      topics.add(get(OUTPUT_TOPIC));
    }
    if (writesChains()) {
      topics.add(get(CHAINS_TOPIC));
    }
    if (writesEdges()) {
      topics.add(get(EDGES_TOPIC));
    }
    topics.add(get(REJECTS_TOPIC));
    return topics;
  }

  @SuppressWarnings("unchecked")
  private <T> T get(Option<T> option) {
    return (T) values.get(option);
  }

  /** Whether help is asked for. */
  public static boolean wantsHelp(String[] args) {
    return Arrays.asList(args).contains("--help") || Arrays.asList(args).contains("-h");
  }

  /** All options with their environment variables, defaults and meaning. */
  public static String help() {
    StringBuilder help = new StringBuilder();
    help.append("callweave: says which service call caused which, from Kafka to Kafka\n\n")
        .append("flink run -d callweave.jar [--name value ...]\n\n");
    for (Option<?> option : ALL) {
      help.append(String.format("  --%-23s %s%n", option.name, option.meaning));
      if (option.defaultText != null) {
        help.append(String.format("    %-23s default: %s%n", "", option.defaultText));
      }
      if (!option.environment.isEmpty()) {
        String variables = String.join(", ", option.environment);
        help.append(String.format("    %-23s environment: %s%n", "", variables));
      }
    }
    help.append(
        String.format(
            "  --%-23s any property of the Kafka clients, as TLS and SASL%n", "kafka.NAME"));
    return help.toString();
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

  public String outputTopic() {
    return get(OUTPUT_TOPIC);
  }

  public String chainsTopic() {
    return get(CHAINS_TOPIC);
  }

  public String edgesTopic() {
    return get(EDGES_TOPIC);
  }

  /** Whether calls are written with their parents and children. */
  public boolean writesLinks() {
    return get(OUTPUTS).contains(LINKS);
  }

  /** Whether chains are written. */
  public boolean writesChains() {
    return get(OUTPUTS).contains(CHAINS);
  }

  /** Whether windows of edges are written; where chains are, too, also those of chains. */
  public boolean writesEdges() {
    return get(OUTPUTS).contains(EDGES);
  }

  public String rejectsTopic() {
    return get(REJECTS_TOPIC);
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

  /** Where the fields of a call stand in a record; empty for the built-in form. */
  public String map() {
    return get(MAP) == null ? "" : get(MAP);
  }

  /** The cells of Link: groups of addresses. */
  public CellLayout ipLayout() {
    return new CellLayout(get(BUCKET_MS), IP_GROUPS.name, get(IP_GROUPS).intValue());
  }

  /** The windows of Attribute: groups of addresses. */
  public CellLayout windowLayout() {
    return ipLayout()
        .widened(DECIDE_EVERY_MS.name, inBuckets(DECIDE_EVERY_MS))
        .delayed(LOOK_AHEAD_MS.name, inBuckets(LOOK_AHEAD_MS));
  }

  /** The windows of Root: one group for all chains. */
  public CellLayout rootLayout() {
    return new CellLayout(get(BUCKET_MS), "groups of Root", 1)
        .widened(DECIDE_EVERY_MS.name, inBuckets(DECIDE_EVERY_MS));
  }

  /** The windows of edges, each in the cell of its last slide. */
  public CellLayout edgesLayout() {
    return new CellLayout(get(BUCKET_MS), "groups of Windows", 1)
        .widened(WINDOW_SLIDE_MS.name, windowSlideMs())
        .fixed(WINDOW_MS.name, windowMs());
  }

  /**
   * The windows of chains, in which their roots start: these may take as long as a call may, and
   * their chains are complete with a later bucket.
   */
  public CellLayout entriesLayout() {
    return edgesLayout()
        .fixed(MAX_LATENCY_MS.name, maxLatencyMs())
        .delayed(maxLatencyMs() + CHAIN_COMPLETE_MS + get(BUCKET_MS));
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

  /** A time in whole buckets, rounded up: blocks hold no less than a bucket. */
  private long inBuckets(Option<Long> timeMs) {
    long bucketMs = get(BUCKET_MS);
    return (get(timeMs) + bucketMs - 1) / bucketMs * bucketMs;
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

  /** The cells of Assemble: groups of ids. */
  public CellLayout idLayout() {
    return new CellLayout(get(BUCKET_MS), ID_GROUPS.name, idGroups());
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
