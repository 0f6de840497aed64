package io.callweave.rocketmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.callweave.route.RejectedRecord;
import io.callweave.sink.RefusedRecordException;
import io.callweave.sink.Rejects;
import io.callweave.stage.ResultRecord;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageDecoder;

/** Records as messages: what Kafka has as value, key and headers is body, keys and properties. */
final class Messages {
  /** Says what the value was that RocketMQ has no body for: null or empty. */
  static final String VALUE = "callweave.value";

  /** RocketMQ takes no empty body. */
  private static final byte[] NO_BODY = {0};

  private Messages() {}

  /**
   * A result, with its key as the message's.
   *
   * @throws RefusedRecordException if it does not fit
   */
  static Message result(String topic, ResultRecord record, MessageLimit limit) {
    Message message = new Message(topic, record.value);
    message.setKeys(property(new String(record.key, UTF_8)));
    return checked(message, limit);
  }

  /**
   * A reject: the record as it was read, cut where it does not fit.
   *
   * @param inputTopic the topic, where a record does not name what it was read from
   * @throws RefusedRecordException if it does not even fit cut
   */
  static Message reject(
      String topic, String inputTopic, RejectedRecord rejected, MessageLimit limit) {
    byte[] value = rejected.record.value;
    boolean none = value == null || value.length == 0;
    Message message = new Message(topic, none ? NO_BODY : limit.cut(value));
    Rejects.headers(rejected, inputTopic).forEach((name, text) -> put(message, name, text));
    if (none) {
      put(message, VALUE, value == null ? "null" : "empty");
    } else if (message.getBody().length < value.length) {
      put(message, Rejects.TRUNCATED, Integer.toString(value.length));
    }
    return checked(message, limit);
  }

  private static void put(Message message, String name, String text) {
    MessageAccessor.putProperty(message, name, property(text));
  }

  /** Properties are sent with these two characters between them, which nothing escapes. */
  private static String property(String text) {
    return text.replace(MessageDecoder.NAME_VALUE_SEPARATOR, '\ufffd')
        .replace(MessageDecoder.PROPERTY_SEPARATOR, '\ufffd');
  }

  private static Message checked(Message message, MessageLimit limit) {
    if (!limit.fits(message)) {
      throw new RefusedRecordException(limit.refusal(message));
    }
    return message;
  }
}
