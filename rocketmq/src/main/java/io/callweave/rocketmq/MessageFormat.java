package io.callweave.rocketmq;

import java.io.Serializable;
import org.apache.rocketmq.common.message.Message;

/**
 * How a record becomes a message.
 *
 * @param <T> what is written
 */
@FunctionalInterface
interface MessageFormat<T> extends Serializable {
  /**
   * Makes a message.
   *
   * @throws io.callweave.sink.RefusedRecordException if it does not fit
   */
  Message message(T record, MessageLimit limit);
}
