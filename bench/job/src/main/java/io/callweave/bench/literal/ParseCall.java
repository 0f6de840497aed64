package io.callweave.bench.literal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.callweave.route.InputRecord;
import java.io.IOException;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;

/** Reads a call with Jackson's streaming parser. */
final class ParseCall extends RichMapFunction<InputRecord, Call> {
  private static final long serialVersionUID = 1L;
  private static final long MISSING = Long.MIN_VALUE;
  private transient JsonFactory json;

  @Override
  public void open(Configuration parameters) {
    json = new JsonFactory();
  }

  @Override
  public Call map(InputRecord record) throws IOException {
    Call call = new Call();
    call.endMs = MISSING;
    try (JsonParser parser = json.createParser(record.value)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        parser.nextToken();
        set(call, field, parser);
      }
    }
    complete(call);
    return call;
  }

  /** One of end and latency may be missing. */
  private static void complete(Call call) {
    if (call.latency == null) {
      call.latency = Long.toString(call.endMs - call.startMs);
    } else if (call.endMs == MISSING) {
      call.endMs = call.startMs + (long) Double.parseDouble(call.latency);
    }
  }

  private static void set(Call call, String field, JsonParser parser) throws IOException {
    switch (field) {
      case "id":
        boolean string = parser.currentToken() == JsonToken.VALUE_STRING;
        call.id = string ? '"' + parser.getText() + '"' : parser.getText();
        break;
      case "src_ip":
        call.src = parser.getText();
        break;
      case "dst_ip":
        call.dst = parser.getText();
        break;
      case "start_at_ms":
        call.startMs = parser.getLongValue();
        break;
      case "end_at_ms":
        call.endMs = parser.getLongValue();
        break;
      case "latency_msec":
        call.latency = parser.getText();
        break;
      default:
        parser.skipChildren();
    }
  }
}
