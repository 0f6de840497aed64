package io.callweave.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;

/** A call as tests speak of it, and the JSON that it comes as. Ids and addresses are ASCII. */
public final class Call {
  final String id;
  final String src;
  final String dst;
  final long startMs;
  final long endMs;

  private Call(String id, String src, String dst, long startMs, long endMs) {
    this.id = id;
    this.src = src;
    this.dst = dst;
    this.startMs = startMs;
    this.endMs = endMs;
  }

  /** A call of these times, ms since the epoch. */
  public static Call call(String id, String src, String dst, long startMs, long endMs) {
    return new Call(id, src, dst, startMs, endMs);
  }

  /** The call in a record of the input. */
  public static Call parse(String json) {
    try {
      JsonNode fields = new ObjectMapper().readTree(json);
      return call(
          fields.get("id").asText(),
          fields.get("src_ip").asText(),
          fields.get("dst_ip").asText(),
          fields.get("start_at_ms").asLong(),
          fields.get("end_at_ms").asLong());
    } catch (IOException e) {
      throw new UncheckedIOException("no call: " + json, e);
    }
  }

  /** The same call, so much later. */
  public Call laterBy(long ms) {
    return new Call(id, src, dst, startMs + ms, endMs + ms);
  }

  /** What another host tells of the call: that it began so much later and ended so much earlier. */
  public Call within(long laterMs, long earlierMs) {
    return new Call(id, src, dst, startMs + laterMs, endMs - earlierMs);
  }

  public String id() {
    return id;
  }

  public long startMs() {
    return startMs;
  }

  public long endMs() {
    return endMs;
  }

  /** The call as a record of the input topic. */
  public byte[] json() {
    return toString().getBytes(UTF_8);
  }

  /** The JSON of the call, its fields in the order of the output. */
  @Override
  public String toString() {
    return String.format(
        "{\"id\":\"%s\",\"src_ip\":\"%s\",\"dst_ip\":\"%s\","
            + "\"start_at_ms\":%d,\"latency_msec\":%d,\"end_at_ms\":%d}",
        id, src, dst, startMs, endMs - startMs, endMs);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Call && other.toString().equals(toString());
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, startMs, endMs);
  }
}
