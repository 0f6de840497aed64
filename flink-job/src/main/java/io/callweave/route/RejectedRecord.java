package io.callweave.route;

/** An input record that is no call, with the reason. A Flink POJO. */
public class RejectedRecord {
  /** The record as it was read. */
  public InputRecord record;

  /** The label of the reason. */
  public String reason;

  /** What is wrong with the record and what would be right. */
  public String detail;

  /** For Flink. */
  public RejectedRecord() {}

  public RejectedRecord(InputRecord record, String reason, String detail) {
    this.record = record;
    this.reason = reason;
    this.detail = detail;
  }
}
