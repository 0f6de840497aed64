package io.callweave.route;

import io.callweave.time.BacklogFactory;
import org.apache.flink.streaming.api.functions.source.SourceFunction;

/**
 * Where records of calls come from. A source and what is asked about it belong together: one says
 * what was read, the other what is unread, of the same splits.
 */
public interface CallInput {
  /**
   * Looks, before the job is submitted, that there is something to read.
   *
   * @throws io.callweave.options.OptionsException if there is not
   */
  void check() throws InterruptedException;

  /** Reads the records. */
  SourceFunction<InputRecord> source();

  /** Says what of the source's splits is unread. */
  BacklogFactory backlog();
}
