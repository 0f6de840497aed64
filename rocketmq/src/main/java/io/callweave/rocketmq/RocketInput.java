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
    settings = new TopicSettings(options, options.inputTopic());
  }

  @Override
  public void check() throws InterruptedException {
    TopicCheck.input(settings);
    try (QueueClient client = new QueueClient(settings, "check")) {
      Queues.bySplit(client.queues());
    } catch (MQClientException e) {
      throw new OptionsException(
          String.format(
              "the queues of the input topic %s of RocketMQ at %s are not known (%s); give it some that"
                  + " can be read: mqadmin updateTopic -n %s -c CLUSTER -t %1$s -p 6 -r 8 -w 8",
              settings.topic, settings.nameServers, Failures.words(e), settings.quotedServers()));
    } catch (IllegalStateException e) {
      throw new OptionsException(e.getMessage());
    }
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
