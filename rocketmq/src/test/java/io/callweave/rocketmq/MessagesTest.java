package io.callweave.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.route.InputRecord;
import io.callweave.route.RejectedRecord;
import io.callweave.sink.RefusedRecordException;
import io.callweave.stage.ResultRecord;
import java.util.Collections;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private static final int LIMIT = 100;

  private final MessageLimit limit = limit(LIMIT);

  private static MessageLimit limit(long bytes) {
    JobOptions options =
        JobOptions.parse(
            new String[] {"--sink=rocketmq", "--rocketmq-namesrv=a:1,b:2"}, Collections.emptyMap());
    return new MessageLimit(new TopicSettings(options, "linked"), "DefaultCluster", bytes);
  }

  private Message result(String key, int bytes) {
    return Messages.result("linked", new ResultRecord(key.getBytes(UTF_8), new byte[bytes]), limit);
  }

  private Message reject(byte[] value, String detail) {
    InputRecord record = InputRecord.from("calls/broker-a/1", 7, 12, value);
    return Messages.reject(
        "rejected", "calls", new RejectedRecord(record, "malformed", detail), limit);
  }

  @Test
  void theKeyOfARecordIsThatOfTheMessage() {
    Message message = result("call 1 ü", 3);
    assertThat(message.getKeys()).isEqualTo("call 1 ü");
    assertThat(message.getBody()).hasSize(3);
  }

  @Test
  void whatSeparatesPropertiesOnTheWayIsReplacedSoThatNoneIsCut() {
    Message message = reject(new byte[] {1}, "a\u0001b\u0002c");
    String sent = MessageDecoder.messageProperties2String(message.getProperties());
    assertThat(MessageDecoder.string2messageProperties(sent))
        .containsEntry("callweave.detail", "a\ufffdb\ufffdc")
        .containsEntry("callweave.topic", "calls/broker-a/1")
        .containsEntry("callweave.partition", "7")
        .containsEntry("callweave.offset", "12");
    assertThat(result("a\u0002b", 1).getKeys()).isEqualTo("a\ufffdb");
  }

  @Test
  void aResultThatDoesNotFitIsRefusedWithSizeLimitAndCommand() {
    assertThat(result("a", LIMIT).getBody()).hasSize(LIMIT);
    assertThatExceptionOfType(RefusedRecordException.class)
        .isThrownBy(() -> result("a", LIMIT + 1))
        .withMessage(
            "the topic linked takes no message of 101 bytes, only up to 100; raise the"
                + " maxMessageSize of its brokers, in broker.conf, too: mqadmin updateBrokerConfig"
                + " -n 'a:1;b:2' -c DefaultCluster -k maxMessageSize -v 113");
  }

  @Test
  void whatNoBrokerTakesIsSentToKafkaByTheSentence() {
    assertThat(MessageLimit.raise(new TopicSettings(options(), "t"), "C", 17 << 20))
        .isEqualTo("no broker takes more than 16711680: write this output to Kafka, which does");
  }

  private static JobOptions options() {
    return JobOptions.parse(
        new String[] {"--sink=rocketmq", "--rocketmq-namesrv=a:1"}, Collections.emptyMap());
  }

  @Test
  void keysThatAreLongerThanPropertiesMayBeAreRefused() {
    String key = String.join("", Collections.nCopies(30_000, "k"));
    assertThatExceptionOfType(RefusedRecordException.class)
        .isThrownBy(() -> result(key, 1))
        .withMessageContaining("bytes, and RocketMQ takes 30000; write this output to Kafka");
  }

  @Test
  void aRejectThatDoesNotFitIsCutAndSaysItsRealLength() {
    byte[] value = new byte[LIMIT + 50];
    value[99] = 9;
    Message cut = reject(value, "too long");
    assertThat(cut.getBody()).hasSize(LIMIT).endsWith(9);
    assertThat(cut.getUserProperty("callweave.truncated")).isEqualTo("150");
    assertThat(reject(new byte[LIMIT], "no call").getUserProperty("callweave.truncated")).isNull();
  }

  @Test
  void aRecordWithoutAValueIsAMessageThatSaysSo() {
    assertThat(reject(null, "no value").getUserProperty("callweave.value")).isEqualTo("null");
    assertThat(reject(new byte[0], "empty").getUserProperty("callweave.value")).isEqualTo("empty");
    assertThat(reject(new byte[0], "empty").getBody()).isNotEmpty();
  }
}
