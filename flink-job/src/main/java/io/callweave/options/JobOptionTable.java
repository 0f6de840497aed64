package io.callweave.options;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The table of all options: names, variables, defaults, bounds and meaning. */
public final class JobOptionTable {
  private static final long DAY_MS = 24 * 60 * 60 * 1000L;

  /** Words of {@link #OUTPUTS}. */
  public static final String LINKS = "links";

  public static final String CHAINS = "chains";
  public static final String EDGES = "edges";
  public static final String SPANS = "spans";
  public static final String ALERTS_OUTPUT = "alerts";

  /** Words of {@link #SOURCE}. */
  static final String KAFKA = "kafka";

  static final String FILES = "files";

  static final String ROCKETMQ = "rocketmq";

  /** What is always written, beside {@link #OUTPUTS}. */
  public static final String REJECTS = "rejects";

  /** Words of {@link #SPANS_FORMAT}. */
  static final String OTLP = "otlp";

  static final String ZIPKIN = "zipkin";

  /** Words of {@link #INPUT_FORMAT} and {@link #OUTPUT_FORMAT}. */
  static final String JSON = "json";

  static final String PROTOBUF = "protobuf";

  static final Option<String> BOOTSTRAP =
      Option.brokers("bootstrap", "localhost:9092", "Kafka brokers, host:port, comma between")
          .orEnvironment("KAFKA_BOOTSTRAP");
  static final Option<String> INPUT_TOPIC =
      Option.topic("input-topic", "test-topic", "topic of the calls").orEnvironment("KAFKA_TOPIC");
  static final Option<String> SOURCE =
      Option.choice("source", "where calls are read from", KAFKA, FILES, ROCKETMQ);
  static final Option<String> ROCKETMQ_NAMESRV =
      Option.brokers(
          "rocketmq-namesrv",
          null,
          "name servers of RocketMQ for --source and --sink rocketmq, host:port, comma between");
  static final Option<String> INPUT =
      Option.place(
          "input", "what --source files reads: a file, a folder, or a pattern as 'in/**/*.csv.gz'");
  static final Option<Boolean> WATCH =
      Option.flag("watch", "whether --source files waits for new files, and the job does not end");
  static final Option<String> OUTPUT_TOPIC =
      Option.topic("output-topic", "linked-topic", "topic of the linked calls")
          .orEnvironment("KAFKA_OUTPUT_TOPIC");
  static final Option<String> CHAINS_TOPIC =
      Option.topic("chains-topic", "chains-topic", "topic of the chains")
          .orEnvironment("KAFKA_CHAINS_TOPIC");
  static final Option<String> EDGES_TOPIC =
      Option.topic("edges-topic", "edges-topic", "topic of the windows of edges")
          .orEnvironment("KAFKA_EDGES_TOPIC");
  static final Option<String> ALERTS_TOPIC =
      Option.topic("alerts-topic", "alerts-topic", "topic of the alerts over windows of edges")
          .orEnvironment("KAFKA_ALERTS_TOPIC");
  static final Option<String> SPANS_TOPIC =
      Option.topic(
              "spans-topic",
              null,
              "topic of the spans of chains; default: otlp_spans or zipkin, by spans-format")
          .orEnvironment("KAFKA_SPANS_TOPIC");
  static final Option<String> REJECTS_TOPIC =
      Option.topic("rejects-topic", "rejected-topic", "topic of what is no call, with the reason")
          .orEnvironment("KAFKA_REJECTS_TOPIC");
  static final Option<List<String>> OUTPUTS =
      Option.several(
          "outputs",
          Arrays.asList(LINKS, CHAINS),
          "what is written: calls with their links, chains, windows of edges, spans of chains,"
              + " alerts over windows; rejects always",
          LINKS,
          CHAINS,
          EDGES,
          SPANS,
          ALERTS_OUTPUT);
  static final Option<Sinks> SINK =
      Option.sinks(
          "sink",
          "kafka",
          "where outputs go: kafka, rocketmq, files, or print, which is the TaskManagers' log; by"
              + " output: links=kafka,chains=files");
  static final Option<String> OUTPUT =
      Option.place("output", "folder that --sink files writes to, as a path or a URI");
  static final Option<String> FILE_FORMAT =
      Option.choice(
          "file-format",
          "what --sink files writes: JSON lines or CSV, plain or compressed, or Parquet",
          "jsonl",
          "jsonl.gz",
          "jsonl.zst",
          "csv",
          "csv.gz",
          "csv.zst",
          "parquet");
  static final Option<String> GROUP_ID =
      Option.text("group-id", "callweave", "consumer group").orEnvironment("KAFKA_GROUP_ID");
  static final Option<String> AUTO_OFFSET_RESET =
      Option.choice(
              "auto-offset-reset",
              "where to begin where the group has no offset",
              "earliest",
              "latest")
          .orEnvironment("KAFKA_AUTO_OFFSET_RESET");
  static final Option<Long> PARALLELISM =
      Option.number("parallelism", null, 1, 720, "subtasks per operator; default: the cluster's")
          .orEnvironment("SIMPY_PARALLELISM", "KAFKA_PARTITIONS", "KAFKA_NUM_PARTITIONS");
  static final Option<Long> MAX_OUT_OF_ORDER_MS =
      Option.number(
              "max-out-of-order-ms",
              30_000L,
              0,
              DAY_MS,
              "how long after the highest start of its partition a call may still come, ms")
          .orEnvironment("SIMPY_MAX_OUT_OF_ORDER_MS");
  static final Option<Long> IDLE_FLUSH_MS =
      Option.number(
              "idle-flush-ms",
              30_000L,
              0,
              DAY_MS,
              "silence of the whole topic after which all that waits is written, ms")
          .orEnvironment("SIMPY_IDLE_FLUSH_MS");
  static final Option<Long> MAX_LATENCY_MS =
      Option.number("max-latency-ms", 20_000L, 0, DAY_MS, "longest call, ms; longer: too_long");
  static final Option<Long> MAX_FUTURE_SKEW_MS =
      Option.number(
          "max-future-skew-ms",
          10_000L,
          0,
          DAY_MS,
          "how far ahead of the wall clock a call may start, ms; further: future");
  static final Option<Long> PARTITION_IDLE_MS =
      Option.number(
          "partition-idle-ms",
          10_000L,
          0,
          DAY_MS,
          "silence after which a partition no longer holds time back, ms");
  static final Option<Long> MAX_LINKS =
      Option.number("max-links", 1_000L, 1, 100_000, "ids in one list at most");
  static final Option<Long> MAX_RECORD_BYTES =
      Option.number(
          "max-record-bytes", 65_536L, 1, 16 << 20, "longest record, bytes; longer: malformed");
  static final Option<Boolean> PASS_THROUGH =
      Option.flag("pass-through", "whether other fields of a call go to the output");
  static final Option<Boolean> MERGE_REPORTS =
      Option.flag(
          "merge-reports",
          "whether what both ends of a call tell of it is one call: records with the same id and"
              + " addresses, one of which lies in the other but for 50 ms; the longer one counts");
  static final Option<String> MAP =
      Option.text(
          "map",
          null,
          "where the fields of a call stand in a record: FIELD=PATH[:UNIT],... or envoy, hubble,"
              + " zipkin, otlp");
  static final Option<String> INPUT_MESSAGE =
      Option.text(
          "input-message",
          null,
          "message that records in protobuf are, for map to read: FILE:NAME, a descriptor set of"
              + " protoc and the full name of the message");
  static final Option<String> INPUT_FORMAT =
      Option.choice(
          "input-format",
          "records as JSON, or in protobuf as a Call of proto/callweave.proto",
          JSON,
          PROTOBUF);
  static final Option<String> OUTPUT_FORMAT =
      Option.choice(
          "output-format",
          "linked calls, chains and edges as JSON, or in protobuf as LinkedCall, Chain and Series of"
              + " proto/callweave.proto",
          JSON,
          PROTOBUF);
  static final Option<Long> MAX_CHAIN_CALLS =
      Option.number(
          "max-chain-calls", 10_000L, 1, 100_000, "calls in one chain at most; more: omitted");
  static final Option<String> SERVICES =
      Option.text("services", null, "file with the names of services, ADDRESS,NAME a line");
  static final Option<Long> DECIDE_EVERY_MS =
      Option.number(
          "decide-every-ms",
          5_000L,
          1,
          DAY_MS,
          "width of the windows in which parents are decided, ms, in whole buckets; part of the"
              + " state");
  static final Option<Long> LOOK_AHEAD_MS =
      Option.number(
          "look-ahead-ms",
          1_000L,
          0,
          DAY_MS,
          "how much later a window is decided, ms, in whole buckets; part of the state");
  static final Option<Long> ATTRIBUTION_EFFORT =
      Option.number(
          "attribution-effort",
          2_000L,
          0,
          1_000_000,
          "work that the choice of a call's parent may cost, in units of about 20 ns; 0: each"
              + " link by itself");
  static final Option<Long> WINDOW_MS =
      Option.number(
          "window-ms",
          60_000L,
          1,
          DAY_MS,
          "width of the windows of edges, ms, in whole buckets; part of the state");
  static final Option<Long> WINDOW_SLIDE_MS =
      Option.number(
          "window-slide-ms",
          null,
          1,
          DAY_MS,
          "how much later the next window begins, ms, in whole buckets; default: window-ms; part of"
              + " the state");
  static final Option<Long> MAX_SERIES =
      Option.number(
          "max-series",
          10_000L,
          1,
          1_000_000,
          "edges, entries and services of a window at most, of each; more: summed as other");
  static final Option<String> ALERTS =
      Option.text(
          "alerts",
          null,
          "file with rules of alerts, YAML, for what differs from the built-in ones");
  static final Option<String> SPANS_FORMAT =
      Option.choice(
          "spans-format",
          "spans as a TracesData of OTLP in protobuf, or as a list in Zipkin's JSON",
          OTLP,
          ZIPKIN);
  static final Option<String> SPAN_STYLE =
      Option.choice(
          "span-style",
          "what a call becomes: one span of the server, or a pair with one of the client above it",
          "server",
          "pair");
  static final Option<Long> BUCKET_MS =
      Option.number(
          "bucket-ms", 1_000L, 1, DAY_MS, "width of a time bucket, ms; part of the state");
  static final Option<Long> IP_GROUPS =
      Option.number("ip-groups", 16L, 1, 256, "groups of addresses; part of the state");
  static final Option<Long> ID_GROUPS =
      Option.number("id-groups", 4L, 1, 256, "groups of ids; part of the state");
  static final Option<Long> WRITE_BEHIND_MIB =
      Option.number(
          "write-behind-mib",
          96L,
          0,
          1 << 20,
          "blocks and native memory that the stages of a slot hold together, MiB; more blocks go to"
              + " RocksDB");
  static final Option<String> DELIVERY =
      Option.choice(
          "delivery",
          "guarantee of the sinks for Kafka; what goes to RocketMQ is at-least-once in any case",
          "exactly-once",
          "at-least-once");
  static final Option<Long> CHECKPOINT_INTERVAL_MS =
      Option.number("checkpoint-interval-ms", 10_000L, 10, DAY_MS, "time between checkpoints, ms");
  static final Option<String> CHECKPOINT_DIR =
      Option.folder("checkpoint-dir", "URI of the checkpoints; default: the cluster's");
  static final Option<String> KAFKA_CONFIG =
      Option.text("kafka-config", null, "file with properties of the Kafka clients");
  static final Option<String> JOB_NAME =
      Option.text("job-name", "callweave", "what Flink calls the job");

  static final List<Option<?>> ALL =
      Collections.unmodifiableList(
          Arrays.asList(
              BOOTSTRAP,
              INPUT_TOPIC,
              SOURCE,
              ROCKETMQ_NAMESRV,
              INPUT,
              WATCH,
              OUTPUT_TOPIC,
              CHAINS_TOPIC,
              EDGES_TOPIC,
              ALERTS_TOPIC,
              SPANS_TOPIC,
              REJECTS_TOPIC,
              OUTPUTS,
              SINK,
              OUTPUT,
              FILE_FORMAT,
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
              MERGE_REPORTS,
              MAP,
              INPUT_MESSAGE,
              INPUT_FORMAT,
              OUTPUT_FORMAT,
              MAX_CHAIN_CALLS,
              SERVICES,
              DECIDE_EVERY_MS,
              LOOK_AHEAD_MS,
              ATTRIBUTION_EFFORT,
              WINDOW_MS,
              WINDOW_SLIDE_MS,
              MAX_SERIES,
              ALERTS,
              SPANS_FORMAT,
              SPAN_STYLE,
              BUCKET_MS,
              IP_GROUPS,
              ID_GROUPS,
              WRITE_BEHIND_MIB,
              DELIVERY,
              CHECKPOINT_INTERVAL_MS,
              CHECKPOINT_DIR,
              KAFKA_CONFIG,
              JOB_NAME));

  private JobOptionTable() {}

  /** All options with their environment variables, defaults and meaning. */
  public static String help() {
    StringBuilder help = new StringBuilder();
    help.append("callweave: says which service call caused which\n\n")
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
}
