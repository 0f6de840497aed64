package io.callweave.rocketmq;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.route.CallInput;
import io.callweave.route.InputRecord;
import io.callweave.time.BacklogFactory;
import org.apache.flink.streaming.api.functions.source.SourceFunction;
import org.apache.rocketmq.client.exception.MQClientException;

/** A topic of RocketMQ. */
final class RocketInput implements CallInput {
  private final TopicSettings settings;

  RocketInput(JobOptions options) {
    settings = new TopicSettings(options);
  }

  @Override
  public void check() {
    try (QueueClient client = new QueueClient(settings, "check")) {
      Queues.bySplit(client.queues());
    } catch (MQClientException e) {
      throw new OptionsException(
          String.format(
              "the topic %s cannot be read from RocketMQ at %s: %s; create it, or name another with"
                  + " --input-topic or --rocketmq-namesrv",
              settings.topic, settings.nameServers, firstLine(e)));
    } catch (IllegalStateException e) {
      throw new OptionsException(e.getMessage());
    }
  }

  /** The client adds pages of help to its messages. */
  private static String firstLine(MQClientException e) {
    String message = e.getErrorMessage() == null ? e.getMessage() : e.getErrorMessage();
    return message.trim().split("\\R", 2)[0];
  }

  @Override
  public SourceFunction<InputRecord> source() {
    return new RocketSource(settings);
  }

  @Override
  public BacklogFactory backlog() {
    TopicSettings topic = settings;
    return (subtask, subtasks, task) -> new RocketBacklog(topic, subtask, subtasks, task);
  }
}
