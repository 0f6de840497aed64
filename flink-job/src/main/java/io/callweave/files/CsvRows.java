package io.callweave.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

/**
 * Writes lines of JSON as rows of CSV, by RFC 4180 with ends of lines as Unix has them. A row has
 * the fields of the object that have a column, as text; lists and objects as JSON.
 *
 * @param <T> the record
 */
final class CsvRows<T> implements LineFormat<T> {
  private static final long serialVersionUID = 1L;

  private static final JsonFactory JSON = new JsonFactory();

  /** What each output has; fields that were passed through have no column. */
  private static final Map<String, String> COLUMNS = new HashMap<>();

  static {
    COLUMNS.put(
        "links",
        "id,src_ip,dst_ip,start_at_ms,latency_msec,end_at_ms,parents,children,parents_omitted,"
            + "children_omitted");
    COLUMNS.put(
        "chains",
        "chain,trace_id,start_at_ms,end_at_ms,total_msec,calls,depth,width,confidence,entry,"
            + "services,calls_omitted,hops,critical_path");
    COLUMNS.put(
        "edges",
        "kind,src,dst,entry,service,window_start_ms,window_end_ms,count,rate_per_s,sum_msec,"
            + "mean_msec,sd_msec,min_msec,max_msec,p50_msec,p90_msec,p95_msec,p99_msec,exemplars,"
            + "without_parent,at_latency_limit,mean_calls,max_calls,mean_depth,max_depth,"
            + "critical_msec,critical_share,self_msec,series_omitted");
    COLUMNS.put(
        "alerts",
        "kind,rule,state,why,of,all,src,dst,entry,since_ms,window_start_ms,window_end_ms,figure,"
            + "expected,seen,count,exemplars");
    COLUMNS.put("rejects", "reason,detail,source,split,position,value,value_base64");
  }

  private final LineFormat<T> json;
  private final String header;
  private final List<String> columns;

  private CsvRows(LineFormat<T> json, String header) {
    this.json = json;
    this.header = header;
    columns = Arrays.asList(header.split(","));
  }

  /** Rows of an output. */
  static <T> LineFormat<T> of(String output, LineFormat<T> json) {
    return new CsvRows<>(json, COLUMNS.get(output));
  }

  @Override
  public byte[] header() {
    return header.getBytes(UTF_8);
  }

  @Override
  public byte[] line(T record) {
    Map<String, String> fields = fields(json.line(record));
    StringBuilder row = new StringBuilder();
    String before = "";
    for (String column : columns) {
      row.append(before);
      append(row, fields.get(column));
      before = ",";
    }
    return row.toString().getBytes(UTF_8);
  }

  /** A value, in quotes where it has to be: an empty text is, to be told from none. */
  private static void append(StringBuilder row, String value) {
    if (value == null) {
      return;
    }
    boolean plain = !value.isEmpty();
    for (int i = 0; i < value.length() && plain; i++) {
      char c = value.charAt(i);
      plain = c != ',' && c != '"' && c != '\n' && c != '\r';
    }
    if (plain) {
      row.append(value);
    } else {
      row.append('"').append(value.replace("\"", "\"\"")).append('"');
    }
  }

  /** The fields of an object: texts without quotes and escapes, all else as it is, null without. */
  private static Map<String, String> fields(byte[] object) {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(object)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.getCurrentName();
        JsonToken value = json.nextToken();
        if (value.isStructStart()) {
          int from = (int) json.getTokenLocation().getByteOffset();
          json.skipChildren();
          int to = (int) json.getCurrentLocation().getByteOffset();
          fields.put(name, new String(object, from, to - from, UTF_8));
        } else if (value != JsonToken.VALUE_NULL) {
          fields.put(name, json.getText());
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("a result is no JSON: " + new String(object, UTF_8), e);
    }
    return fields;
  }
}
