package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

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

  @TempDir Path folder;

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

  @Test
  void messagesOfTheUsersOwnAreReadByAMapAndADescriptorSet() throws Exception {
    Path set = Files.write(folder.resolve("hops.desc"), hopsAsProtocWritesThem().toByteArray());
    JobTopics topics = new JobTopics(PARTS.topics(), "own-message", 2);
    topics.write(0, hop("a", 1, 2, 39_700));
    topics.write(1, hop("b", 2, 3, 39_700));
    topics.write(1, "no message".getBytes(UTF_8));
    topics.flush();
    PARTS.submit(
        PARTS.options(
            "own-message",
            "--input-format=protobuf",
            "--input-message=" + set + ":mesh.Hop",
            "--map=id=name,src_ip=from.ip,dst_ip=to.ip,start_at_ms=at_us:us,latency_msec=took_us:us",
            "--outputs=links",
            "--parallelism=2",
            "--idle-flush-ms=2000",
            "--partition-idle-ms=1000"),
        null);
    topics.awaitLinked(2);
    topics.awaitRejected(1);
    assertThat(topics.linkedRecords())
        .extracting(record -> new String(record.value(), UTF_8))
        .containsExactlyInAnyOrder(
            linked("a", 1, 2, "\"parents\":[],\"children\":[\"b\"]"),
            linked("b", 2, 3, "\"parents\":[\"a\"],\"children\":[]"));
    assertThat(topics.reasons()).containsExactly("malformed");
    assertThat(topics.rejectedRecords())
        .extracting(record -> JobTopics.header(record, "callweave.detail"))
        .allMatch(detail -> detail.startsWith("the record is no message: as mesh.Hop: "));
  }

  private static String linked(String id, int src, int dst, String lists) {
    return String.format(
        "{\"id\":\"%s\",\"src_ip\":\"10.0.0.%d\",\"dst_ip\":\"10.0.0.%d\",\"start_at_ms\":%d,"
            + "\"latency_msec\":39.7,\"end_at_ms\":%d,%s}",
        id, src, dst, START_MS, START_MS + 39, lists);
  }

  private static byte[] hop(String name, int src, int dst, long tookUs) {
    return UnknownFieldSet.newBuilder()
        .addField(1, text(name))
        .addField(2, peer("10.0.0." + src))
        .addField(3, peer("10.0.0." + dst))
        .addField(4, varint(START_MS * 1000))
        .addField(5, varint(tookUs))
        .build()
        .toByteArray();
  }

  private static Field peer(String ip) {
    UnknownFieldSet peer = UnknownFieldSet.newBuilder().addField(1, text(ip)).build();
    return Field.newBuilder().addLengthDelimited(peer.toByteString()).build();
  }

  private static FileDescriptorSet hopsAsProtocWritesThem() {
    DescriptorProto.Builder peer = DescriptorProto.newBuilder().setName("Peer");
    peer.addField(field("ip", 1, FieldDescriptorProto.Type.TYPE_STRING));
    DescriptorProto.Builder hop = DescriptorProto.newBuilder().setName("Hop");
    hop.addField(field("name", 1, FieldDescriptorProto.Type.TYPE_STRING));
    hop.addField(
        field("from", 2, FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(".mesh.Peer"));
    hop.addField(field("to", 3, FieldDescriptorProto.Type.TYPE_MESSAGE).setTypeName(".mesh.Peer"));
    hop.addField(field("at_us", 4, FieldDescriptorProto.Type.TYPE_INT64));
    hop.addField(field("took_us", 5, FieldDescriptorProto.Type.TYPE_INT64));
    return FileDescriptorSet.newBuilder()
        .addFile(
            FileDescriptorProto.newBuilder()
                .setName("mesh.proto")
                .setPackage("mesh")
                .setSyntax("proto3")
                .addMessageType(peer)
                .addMessageType(hop))
        .build();
  }

  private static FieldDescriptorProto.Builder field(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL);
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
