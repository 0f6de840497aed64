package io.callweave.rocketmq;

import io.callweave.options.JobOptions;
import java.io.Serializable;

/** The topic that is read, and how. */
final class TopicSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  final String nameServers;
  final String topic;
  final String group;
  final boolean startsAtLatest;

  TopicSettings(JobOptions options) {
    // The client wants semicolons.
    nameServers = options.rocketmqNamesrv().replace(',', ';');
    topic = options.inputTopic();
    group = options.groupId();
    startsAtLatest = options.startsAtLatest();
  }
}
