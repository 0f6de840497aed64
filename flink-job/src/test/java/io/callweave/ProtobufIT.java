package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls in protobuf, written and read by Java's own implementation, through Kafka. */
class ProtobufIT {
  private static final String NAME = "protobuf";
  private static final long START_MS = 1_700_000_000_000L;

  /** Numbers of fields in {@code proto/callweave.proto}. */
  private static final int ID = 1;

  private static final int ID_INTEGER = 2;
  private static final int SRC_IP = 4;
  private static final int DST_IP = 5;
  private static final int START_AT_MS = 6;
  private static final int LATENCY_MSEC = 7;
  private static final int END_AT_MS = 8;
  private static final int PARENTS = 9;
  private static final int CHILDREN = 10;

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @Test
  void messagesAreLinkedAndThoseThatAreNoneAreRejectedAsTheyCame() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), NAME, 2);
    byte[] cut = Arrays.copyOf(call(text("cut"), 1, 2).toByteArray(), 20);
    byte[] framed = {0, 0, 0, 0, 17, 0};
    topics.write(0, call(text("a"), 1, 2).toByteArray());
    topics.write(1, call(varint(7), 2, 3).toByteArray());
    topics.write(0, cut);
    topics.write(1, framed);
    topics.flush();
    PARTS.submit(
        PARTS.options(
            NAME,
            "--input-format=protobuf",
            "--output-format=protobuf",
            "--parallelism=2",
            "--idle-flush-ms=2000",
            "--partition-idle-ms=1000"),
        null);
    topics.awaitLinked(2);
    topics.awaitRejected(2);

    List<ConsumerRecord<byte[], byte[]>> linked = topics.linkedRecords();
    assertThat(linked).hasSize(2);
    for (ConsumerRecord<byte[], byte[]> record : linked) {
      UnknownFieldSet call = UnknownFieldSet.parseFrom(record.value());
      boolean isOuter = call.hasField(ID);
      assertThat(new String(record.key(), UTF_8)).isEqualTo(isOuter ? "a" : "7");
      assertThat(call.getField(START_AT_MS).getVarintList()).containsExactly(START_MS);
      assertThat(call.getField(END_AT_MS).getVarintList()).containsExactly(START_MS + 39);
      assertThat(call.getField(LATENCY_MSEC).getFixed64List())
          .containsExactly(Double.doubleToLongBits(39.7));
      assertThat(ids(call, PARENTS)).isEqualTo(isOuter ? "" : "a");
      assertThat(ids(call, CHILDREN)).isEqualTo(isOuter ? "7" : "");
    }
    assertThat(topics.reasons()).containsExactly("malformed", "malformed");
    assertThat(topics.rejectedRecords())
        .extracting(ConsumerRecord::value)
        .containsExactlyInAnyOrder(cut, framed);
    assertThat(topics.rejectedRecords())
        .extracting(record -> JobTopics.header(record, "callweave.detail"))
        .anyMatch(detail -> detail.contains("the 5 bytes of a schema registry"))
        .anyMatch(detail -> detail.startsWith("the record is no message: field "));
  }

  /** A call that takes 39.7 ms. */
  private static UnknownFieldSet call(Field id, int src, int dst) {
    return UnknownFieldSet.newBuilder()
        .addField(id.getVarintList().isEmpty() ? ID : ID_INTEGER, id)
        .addField(SRC_IP, text("10.0.0." + src))
        .addField(DST_IP, text("10.0.0." + dst))
        .addField(START_AT_MS, varint(START_MS))
        .addField(
            LATENCY_MSEC, Field.newBuilder().addFixed64(Double.doubleToLongBits(39.7)).build())
        .build();
  }

  private static Field text(String text) {
    return Field.newBuilder().addLengthDelimited(ByteString.copyFromUtf8(text)).build();
  }

  private static Field varint(long value) {
    return Field.newBuilder().addVarint(value).build();
  }

  /** The ids of a list, with commas between. */
  private static String ids(UnknownFieldSet call, int list) {
    return call.getField(list).getLengthDelimitedList().stream()
        .map(ProtobufIT::id)
        .collect(Collectors.joining(","));
  }

  private static String id(ByteString message) {
    try {
      UnknownFieldSet id = UnknownFieldSet.parseFrom(message);
      return id.hasField(ID)
          ? id.getField(ID).getLengthDelimitedList().get(0).toStringUtf8()
          : id.getField(ID_INTEGER).getVarintList().get(0).toString();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an id is no message", e);
    }
  }
}
