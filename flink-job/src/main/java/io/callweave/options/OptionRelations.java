package io.callweave.options;

import static io.callweave.options.JobOptionTable.BUCKET_MS;
import static io.callweave.options.JobOptionTable.INPUT_TOPIC;
import static io.callweave.options.JobOptionTable.MAX_LATENCY_MS;
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
    if (options.makesWindows()) {
      checkWindows(options);
    }
    List<String> topics = new ArrayList<>(options.sinkTopics());
    topics.add(options.get(INPUT_TOPIC));
    if (new HashSet<>(topics).size() < topics.size()) {
      throw new OptionsException(
          "the topics of the job are "
              + String.join(", ", topics)
              + "; different topics are wanted");
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
