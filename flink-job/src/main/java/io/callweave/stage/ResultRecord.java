package io.callweave.stage;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;

/** A record of a result topic. A Flink POJO. */
public class ResultRecord {
  /** What its partition is chosen by: an id, UTF-8, as it was written between the quotes, say. */
  public byte[] key;

  /** The record: JSON in UTF-8, or protobuf. */
  public byte[] value;

  /** For Flink. */
  public ResultRecord() {}

  public ResultRecord(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }

  /** How Flink serializes records. */
  public static TypeInformation<ResultRecord> type() {
    return Types.POJO(ResultRecord.class);
  }
}
