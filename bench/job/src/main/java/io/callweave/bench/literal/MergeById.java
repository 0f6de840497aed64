package io.callweave.bench.literal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.callweave.stage.ResultRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Collects the halves of the calls of an id, and writes a call once its end has passed. */
final class MergeById extends KeyedProcessFunction<String, Half, ResultRecord> {
  private static final long serialVersionUID = 1L;

  private transient ListState<Half> halves;
  private transient JsonFactory json;

  @Override
  public void open(Configuration parameters) {
    halves = getRuntimeContext().getListState(new ListStateDescriptor<>("halves", Half.class));
    json = new JsonFactory();
  }

  @Override
  public void processElement(Half half, Context context, Collector<ResultRecord> out)
      throws Exception {
    halves.add(half);
    context.timerService().registerEventTimeTimer(writtenAtMs(half.call));
  }

  /** No child comes after the second in which its parent ends. */
  private static long writtenAtMs(Call call) {
    return Seconds.lastMs(Seconds.of(call.endMs + 1));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<ResultRecord> out)
      throws Exception {
    Map<Call, Linked> ended = new HashMap<>();
    List<Half> open = new ArrayList<>();
    for (Half half : halves.get()) {
      if (writtenAtMs(half.call) == timestamp) {
        ended.computeIfAbsent(half.call, call -> new Linked()).add(half);
      } else {
        open.add(half);
      }
    }
    halves.update(open);
    for (Map.Entry<Call, Linked> call : ended.entrySet()) {
      byte[] key = Ids.text(call.getKey().id).getBytes(StandardCharsets.UTF_8);
      out.collect(new ResultRecord(key, write(call.getKey(), call.getValue())));
    }
  }

  /** The links of a call. */
  private static final class Linked {
    private final List<Half.Ref> parents = new ArrayList<>();
    private final List<Half.Ref> children = new ArrayList<>();

    void add(Half half) {
      Collections.addAll(parents, half.parents);
      Collections.addAll(children, half.children);
    }

    static List<Half.Ref> inOrder(List<Half.Ref> calls) {
      Collections.sort(calls);
      return calls;
    }
  }

  private byte[] write(Call call, Linked linked) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator to = json.createGenerator(bytes)) {
      to.writeStartObject();
      to.writeFieldName("id");
      to.writeRawValue(call.id);
      to.writeStringField("src_ip", call.src);
      to.writeStringField("dst_ip", call.dst);
      to.writeNumberField("start_at_ms", call.startMs);
      to.writeFieldName("latency_msec");
      to.writeNumber(call.latency);
      to.writeNumberField("end_at_ms", call.endMs);
      writeIds(to, "parents", Linked.inOrder(linked.parents));
      writeIds(to, "children", Linked.inOrder(linked.children));
      to.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void writeIds(JsonGenerator to, String field, List<Half.Ref> calls)
      throws IOException {
    to.writeArrayFieldStart(field);
    for (Half.Ref each : calls) {
      to.writeRawValue(each.id);
    }
    to.writeEndArray();
  }
}
