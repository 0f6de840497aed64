package io.callweave.rocketmq;

import io.callweave.options.JobOptions;
import java.io.Serializable;

/** A topic that is read or written, and as whom. */
final class TopicSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  final String nameServers;
  final String topic;
  final String group;
  final boolean startsAtLatest;

  TopicSettings(JobOptions options, String topic) {
    this.topic = topic;
    // The client wants semicolons.
    nameServers = options.rocketmqNamesrv().replace(',', ';');
    group = options.groupId();
    startsAtLatest = options.startsAtLatest();
  }

  /** The name servers as a word of a command line. */
  String quotedServers() {
    return nameServers.indexOf(';') < 0 ? nameServers : "'" + nameServers + "'";
  }
}
