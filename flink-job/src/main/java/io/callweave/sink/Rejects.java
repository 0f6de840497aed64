package io.callweave.sink;

import io.callweave.route.RejectedRecord;
import java.util.LinkedHashMap;
import java.util.Map;

/** What topics say of a reject beside its value, in headers or properties. */
public final class Rejects {
  /** The real length of a value that was cut, bytes. */
  public static final String TRUNCATED = "callweave.truncated";

  private Rejects() {}

  /**
   * Why it was rejected, and where it was read.
   *
   * @param inputTopic the topic, where a record does not name what it was read from
   */
  public static Map<String, String> headers(RejectedRecord rejected, String inputTopic) {
    Map<String, String> headers = new LinkedHashMap<>();
    String source = rejected.record.source;
    headers.put("callweave.reason", rejected.reason);
    headers.put("callweave.detail", rejected.detail);
    headers.put("callweave.topic", source == null ? inputTopic : source);
    headers.put("callweave.partition", Integer.toString(rejected.record.split));
    headers.put("callweave.offset", Long.toString(rejected.record.position));
    return headers;
  }
}
