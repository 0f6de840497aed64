package io.callweave.time;

/** How the subtasks of Route tell each other their time. Does not wait. */
public interface Peers extends AutoCloseable {
  /** Tells the others about this subtask, at the next occasion. */
  void tell(Report report);

  /** What all subtasks together said last; null when not all of them were heard of lately. */
  Summary latest();

  @Override
  void close();

  /** What a subtask says of itself. */
  final class Report {
    final long watermarkMs;
    final boolean holds;
    final long silentForMs;
    final long highestStartMs;

    /**
     * A report.
     *
     * @param watermarkMs the highest one that the subtask has emitted
     * @param holds whether a partition of it holds the watermark back
     * @param silentForMs how long all its partitions have been silent, negative if one is not
     * @param highestStartMs of a valid call in its partitions
     */
    public Report(long watermarkMs, boolean holds, long silentForMs, long highestStartMs) {
      this.watermarkMs = watermarkMs;
      this.holds = holds;
      this.silentForMs = silentForMs;
      this.highestStartMs = highestStartMs;
    }
  }

  /** What all subtasks say together. */
  final class Summary {
    final long slowestWatermarkMs;
    final long silentForMs;
    final long highestStartMs;

    /**
     * A summary.
     *
     * @param slowestWatermarkMs what a subtask goes with none of whose partitions holds the
     *     watermark: the least of the subtasks that hold it; if none does, the greatest that one
     *     has promised
     * @param silentForMs how long the whole topic has been silent, negative if it is not
     * @param highestStartMs of a valid call in the topic
     */
    public Summary(long slowestWatermarkMs, long silentForMs, long highestStartMs) {
      this.slowestWatermarkMs = slowestWatermarkMs;
      this.silentForMs = silentForMs;
      this.highestStartMs = highestStartMs;
    }
  }
}
