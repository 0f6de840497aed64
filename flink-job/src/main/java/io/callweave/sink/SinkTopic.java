package io.callweave.sink;

import static io.callweave.options.JobOptionTable.ALERTS_OUTPUT;
import static io.callweave.options.JobOptionTable.CHAINS;
import static io.callweave.options.JobOptionTable.EDGES;
import static io.callweave.options.JobOptionTable.LINKS;
import static io.callweave.options.JobOptionTable.REJECTS;
import static io.callweave.options.JobOptionTable.SPANS;

import io.callweave.options.JobOptions;
import io.callweave.options.SinkKind;
import java.util.ArrayList;
import java.util.List;

/** A topic that the job writes to, and what its records ask of it. */
public final class SinkTopic {
  /** What the job gives to topics that it makes: more is not asked of others. */
  public static final long MADE_FOR_BYTES = 16 << 20;

  /** The headers of a reject: detail, reason, place; and what Kafka adds to a record. */
  private static final long HEADER_BYTES = 4096;

  /** The six fields of a call with their names, where none is passed through. */
  private static final long FIELD_BYTES = 4096;

  /** An id is at most 256 bytes long, with quotes and comma 259. */
  private static final long LISTED_ID_BYTES = 259;

  /** A call of a chain: its id, its parent's, once more on the critical path, and its fields. */
  private static final long HOP_BYTES = 3 * LISTED_ID_BYTES + 512;

  /** A window of a series: two names, in the key, too, three ids, and figures. */
  private static final long SERIES_BYTES = 4 * 6 * 1_024 + 3 * LISTED_ID_BYTES + 2_048;

  /**
   * A span: its ids and names, and its attributes, a host name of 255 bytes in some of them. An
   * escape in JSON takes up to six bytes.
   */
  private static final long SPAN_BYTES = 6 * (LISTED_ID_BYTES + 6 * 255) + 1_024;

  private static final String ALL_BUT_ONE =
      "compaction deletes all but one of the results with the same id";

  /** Its name. */
  public final String name;

  /** What it is to the job. */
  public final String role;

  /** The largest record that must be taken, bytes. */
  public final long recordBytes;

  /** Where that comes from. */
  public final String whyBytes;

  /** What would be lost if it were compacted. */
  public final String whyNotCompacted;

  private SinkTopic(
      String name, String role, long recordBytes, String whyBytes, String whyNotCompacted) {
    this.name = name;
    this.role = role;
    this.recordBytes = recordBytes;
    this.whyBytes = whyBytes;
    this.whyNotCompacted = whyNotCompacted;
  }

  /** The topics of one kind that a job with these options writes to. */
  public static List<SinkTopic> of(JobOptions options, SinkKind kind) {
    List<SinkTopic> topics = new ArrayList<>();
    if (options.outputs().writesTo(kind, LINKS)) {
      topics.add(results(options));
    }
    if (options.outputs().writesTo(kind, CHAINS)) {
      topics.add(chains(options));
    }
    if (options.outputs().writesTo(kind, EDGES)) {
      topics.add(edges(options));
    }
    if (options.outputs().writesTo(kind, ALERTS_OUTPUT)) {
      topics.add(alerts(options));
    }
    if (options.outputs().writesTo(kind, SPANS)) {
      topics.add(spans(options));
    }
    if (options.outputs().writesTo(kind, REJECTS)) {
      topics.add(rejects(options));
    }
    return topics;
  }

  /**
   * The fields of a call, which are no longer than its record, and two lists of the longest ids. A
   * result that does not fit ends the job, so this is the worst case.
   */
  private static SinkTopic results(JobOptions options) {
    long fields =
        options.passThrough()
            ? options.maxRecordBytes() + FIELD_BYTES
            : Math.min(options.maxRecordBytes(), FIELD_BYTES) + FIELD_BYTES;
    long bytes = Math.min(MADE_FOR_BYTES, fields + 2 * LISTED_ID_BYTES * options.maxLinks());
    String why =
        String.format(
            "a result can have %d with --max-links %d and --max-record-bytes %d",
            bytes, options.maxLinks(), options.maxRecordBytes());
    return new SinkTopic(options.outputs().topic(LINKS), "result", bytes, why, ALL_BUT_ONE);
  }

  /** A chain that does not fit ends the job, too. */
  private static SinkTopic chains(JobOptions options) {
    long bytes = Math.min(MADE_FOR_BYTES, FIELD_BYTES + HOP_BYTES * options.maxChainCalls());
    String why =
        String.format(
            "a chain can have %d with --max-chain-calls %d", bytes, options.maxChainCalls());
    return new SinkTopic(options.outputs().topic(CHAINS), "chains", bytes, why, ALL_BUT_ONE);
  }

  /** The spans of a chain that do not fit end the job likewise. */
  private static SinkTopic spans(JobOptions options) {
    long perCall = options.spanStyle().equals("pair") ? 2 * SPAN_BYTES : SPAN_BYTES;
    long bytes = Math.min(MADE_FOR_BYTES, FIELD_BYTES + perCall * options.maxChainCalls());
    String why =
        String.format(
            "the spans of a chain can have %d with --max-chain-calls %d",
            bytes, options.maxChainCalls());
    return new SinkTopic(
        options.outputs().topic(SPANS),
        "spans",
        bytes,
        why,
        "compaction deletes spans that no reader has read yet");
  }

  /** The figures of a series, with two names and some ids. */
  private static SinkTopic edges(JobOptions options) {
    String why = String.format("a series of a window can have %d", SERIES_BYTES);
    return new SinkTopic(
        options.outputs().topic(EDGES),
        "edges",
        SERIES_BYTES,
        why,
        "compaction deletes all but the last window of each edge");
  }

  /** An alert has no more figures than a series. */
  private static SinkTopic alerts(JobOptions options) {
    String why = String.format("an alert can have %d", SERIES_BYTES);
    return new SinkTopic(
        options.outputs().topic(ALERTS_OUTPUT),
        "alerts",
        SERIES_BYTES,
        why,
        "compaction deletes all but the last change of each alert");
  }

  /**
   * Records above max-record-bytes can be as large as the input topic allows; of those a part tells
   * enough, and the sink cuts them.
   */
  private static SinkTopic rejects(JobOptions options) {
    long bytes = Math.min(MADE_FOR_BYTES, options.maxRecordBytes() + HEADER_BYTES);
    String why =
        String.format(
            "a reject can have %d with --max-record-bytes %d", bytes, options.maxRecordBytes());
    return new SinkTopic(
        options.outputs().topic(REJECTS),
        "rejects",
        bytes,
        why,
        "rejects have no key, and a compacted topic refuses records without");
  }
}
