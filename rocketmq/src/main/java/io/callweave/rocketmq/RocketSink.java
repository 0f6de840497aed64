package io.callweave.rocketmq;

import io.callweave.sink.FinalRefusal;
import io.callweave.sink.RefusedRecordException;
import java.io.IOException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.sink.RichSinkFunction;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * Sends each record at least once: a checkpoint is complete only when the brokers have all that
 * came before it, and what came after it is sent again after a failure.
 *
 * @param <T> what is written
 */
final class RocketSink<T> extends RichSinkFunction<T> implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  private final TopicSettings settings;
  private final MessageFormat<T> format;

  private transient ProducerClient client;
  private transient MessageLimit limit;
  private transient Sender sender;
  private transient boolean failed;
  private transient int unkeyed;

  RocketSink(TopicSettings settings, MessageFormat<T> format) {
    this.settings = settings;
    this.format = format;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    finalRefusal().check();
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    Counter resends = getRuntimeContext().getMetricGroup().addGroup("callweave").counter("resends");
    int subtask = getRuntimeContext().getIndexOfThisSubtask();
    unkeyed = subtask;
    try {
      client = new ProducerClient(settings, settings.topic + "-" + subtask);
      limit = MessageLimit.ask(client, settings);
      sender = new Sender(client, settings, limit, resends);
    } catch (MQClientException | RemotingException | MQBrokerException e) {
      throw new IllegalStateException(
          String.format(
              "RocketMQ at %s does not say how the topic %s is written (%s); start its name servers"
                  + " and the brokers that have the topic. The job starts again until they are there",
              settings.nameServers, settings.topic, Failures.words(e)),
          e);
    }
  }

  @Override
  public void invoke(T record, Context context) throws Exception {
    Message message = format.message(record, limit);
    String keys = message.getKeys();
    failed = true;
    sender.add(message, keys == null ? unkeyed++ : keys.hashCode());
    failed = false;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    failed = true;
    try {
      sender.sendAll();
    } catch (RefusedRecordException e) {
      leave(e);
      throw e;
    }
    failed = false;
  }

  private void leave(RefusedRecordException refusal) {
    try {
      finalRefusal().leave(refusal);
    } catch (IOException jobManager) {
      refusal.addSuppressed(jobManager);
    }
  }

  private FinalRefusal finalRefusal() {
    StreamingRuntimeContext context = (StreamingRuntimeContext) getRuntimeContext();
    return new FinalRefusal(context.getGlobalAggregateManager(), context.getOperatorUniqueID());
  }

  /** After the last record there may be no checkpoint any more. */
  @Override
  public void close() throws Exception {
    if (client == null) {
      return;
    }
    try {
      if (sender != null && !failed) {
        sender.sendAll();
      }
    } finally {
      client.close();
    }
  }
}
