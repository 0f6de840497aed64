package io.callweave.options;

import static io.callweave.options.JobOptionTable.BUCKET_MS;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.INPUT_FORMAT;
import static io.callweave.options.JobOptionTable.INPUT_MESSAGE;
import static io.callweave.options.JobOptionTable.INPUT_TOPIC;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.MAP;
import static io.callweave.options.JobOptionTable.MAX_LATENCY_MS;
import static io.callweave.options.JobOptionTable.OTLP;
import static io.callweave.options.JobOptionTable.OUTPUTS;
import static io.callweave.options.JobOptionTable.OUTPUT_FORMAT;
import static io.callweave.options.JobOptionTable.PASS_THROUGH;
import static io.callweave.options.JobOptionTable.PROTOBUF;
import static io.callweave.options.JobOptionTable.REJECTS;
import static io.callweave.options.JobOptionTable.ROCKETMQ;
import static io.callweave.options.JobOptionTable.SINK;
import static io.callweave.options.JobOptionTable.SOURCE;
import static io.callweave.options.JobOptionTable.SPANS;
import static io.callweave.options.JobOptionTable.WINDOW_MS;
import static io.callweave.options.JobOptionTable.WINDOW_SLIDE_MS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** What must hold between options. */
final class OptionRelations {
  static final int MAX_BUCKETS_PER_CALL = 10_000;

  /** Most windows that a moment lies in. */
  static final int MAX_WINDOW_OVERLAP = 100;

  private OptionRelations() {}

  /**
   * Checks options that were read.
   *
   * @throws OptionsException if they do not go together
   */
  static void check(JobOptions options) {
    if (options.get(MAX_LATENCY_MS) / options.get(BUCKET_MS) > MAX_BUCKETS_PER_CALL) {
      throw new OptionsException(
          String.format(
              "--max-latency-ms %d is more than %d times --bucket-ms %d; use wider buckets",
              options.get(MAX_LATENCY_MS), MAX_BUCKETS_PER_CALL, options.get(BUCKET_MS)));
    }
    if (options.outputs().makesWindows()) {
      checkWindows(options);
    }
    checkSource(options);
    checkSinks(options);
    checkFormats(options);
    checkTopics(options, SinkKind.KAFKA, options.readsKafka());
    checkTopics(options, SinkKind.ROCKETMQ, options.source().equals(ROCKETMQ));
  }

  /** In one system; the other can have topics of the same names. */
  private static void checkTopics(JobOptions options, SinkKind kind, boolean reads) {
    List<String> topics = new ArrayList<>(options.outputs().topics(kind));
    if (reads) {
      topics.add(options.get(INPUT_TOPIC));
    }
    if (new HashSet<>(topics).size() < topics.size()) {
      throw new OptionsException(
          "the topics of the job are "
              + String.join(", ", topics)
              + "; different topics are wanted");
    }
  }

  private static void checkSource(JobOptions options) {
    if (options.readsFiles() && options.input() == null) {
      throw new OptionsException(
          "--source files wants --input, the file or folder to read, as --input s3://bucket/calls");
    }
    if (!options.readsFiles() && (options.input() != null || options.watches())) {
      throw new OptionsException(
          "--input and --watch are for --source files, and --source is " + options.source());
    }
    checkNameServers(options);
  }

  private static void checkNameServers(JobOptions options) {
    boolean reads = options.source().equals(ROCKETMQ);
    boolean used = reads || options.outputs().writesTo(SinkKind.ROCKETMQ);
    if (used && options.rocketmqNamesrv() == null) {
      throw new OptionsException(
          String.format(
              "--%s %s wants --rocketmq-namesrv, the name servers, as --rocketmq-namesrv"
                  + " namesrv:9876",
              reads ? SOURCE.name : SINK.name, reads ? options.source() : options.get(SINK)));
    }
    if (!used && options.rocketmqNamesrv() != null) {
      throw new OptionsException(
          String.format(
              "--rocketmq-namesrv %s is for --source rocketmq and --sink rocketmq, and --source is"
                  + " %s and --sink %s",
              options.rocketmqNamesrv(), options.source(), options.get(SINK)));
    }
  }

  private static void checkSinks(JobOptions options) {
    for (String output : options.get(SINK).named()) {
      if (!output.equals(REJECTS) && !options.get(OUTPUTS).contains(output)) {
        throw new OptionsException(
            String.format(
                "--sink %s names %s, which --outputs does not; name what is written",
                options.get(SINK), output));
      }
    }
    boolean files = options.outputs().writesTo(SinkKind.FILES);
    if (files && options.output() == null) {
      throw new OptionsException(
          String.format(
              "--sink %s wants --output, the folder of the files, as --output s3://bucket/callweave",
              options.get(SINK)));
    }
    if (!files && options.output() != null) {
      throw new OptionsException(
          String.format(
              "--output %s is for --sink files, and --sink is %s",
              options.output(), options.get(SINK)));
    }
    if (options.outputs().writesTo(SinkKind.FILES, SPANS)
        && !options.fileFormat().startsWith("jsonl")) {
      throw new OptionsException(
          String.format(
              "--file-format %s has no rows for spans, which are lists; jsonl is wanted, or"
                  + " --sink spans=kafka",
              options.fileFormat()));
    }
    if (options.outputs().writesSpans()
        && !options.outputs().sink(SPANS).hasTopics()
        && options.spansFormat().equals(OTLP)) {
      throw new OptionsException(
          String.format(
              "--sink %s writes spans as lines, and --spans-format otlp is no text; set"
                  + " --spans-format zipkin",
              options.get(SINK)));
    }
  }

  private static void checkFormats(JobOptions options) {
    boolean readsProtobuf = options.get(INPUT_FORMAT).equals(PROTOBUF);
    boolean hasMessage = options.get(INPUT_MESSAGE) != null;
    if (readsProtobuf && options.get(MAP) != null && !hasMessage) {
      throw new OptionsException(
          "--map reads JSON, but --input-format is protobuf; name the message that it is to read with"
              + " --input-message");
    }
    if (hasMessage && (!readsProtobuf || options.get(MAP) == null)) {
      throw new OptionsException(
          "--input-message names a message for --map to read; set --input-format protobuf and --map");
    }
    if (readsProtobuf && options.readsFiles()) {
      throw new OptionsException(
          "--source files reads JSON lines, CSV and Parquet, but --input-format is protobuf; set it to json");
    }
    boolean writesProtobuf = options.get(OUTPUT_FORMAT).equals(PROTOBUF);
    if (writesProtobuf) {
      checkMessagesGoToTopics(options);
    }
    if ((readsProtobuf || writesProtobuf) && options.get(PASS_THROUGH)) {
      throw new OptionsException(
          String.format(
              "--pass-through passes on fields by their names, which messages do not have; leave it"
                  + " out, or let --%s be json",
              readsProtobuf ? INPUT_FORMAT.name : OUTPUT_FORMAT.name));
    }
  }

  private static void checkMessagesGoToTopics(JobOptions options) {
    for (String output : new String[] {LINKS, CHAINS, EDGES}) {
      if (options.get(OUTPUTS).contains(output) && !options.outputs().sink(output).hasTopics()) {
        throw new OptionsException(
            String.format(
                "--sink %s writes %s as lines, and --output-format protobuf is no text; set it to"
                    + " json",
                options.get(SINK), output));
      }
    }
  }

  private static void checkWindows(JobOptions options) {
    long windowMs = options.get(WINDOW_MS);
    long slideMs = options.windowSlideMs();
    if (slideMs % options.get(BUCKET_MS) != 0) {
      throw new OptionsException(
          String.format(
              "--%s %d is no multiple of --bucket-ms %d; windows of whole buckets are wanted",
              options.get(WINDOW_SLIDE_MS) == null ? WINDOW_MS.name : WINDOW_SLIDE_MS.name,
              slideMs,
              options.get(BUCKET_MS)));
    }
    if (windowMs % slideMs != 0 || windowMs / slideMs > MAX_WINDOW_OVERLAP) {
      throw new OptionsException(
          String.format(
              "--window-ms %d is not 1 to %d times --window-slide-ms %d",
              windowMs, MAX_WINDOW_OVERLAP, slideMs));
    }
  }
}
