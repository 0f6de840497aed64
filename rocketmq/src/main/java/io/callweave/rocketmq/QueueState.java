package io.callweave.rocketmq;

/** How far a queue was read. A Flink POJO, and a part of the state. */
public class QueueState {
  public String topic;
  public String broker;
  public int queue;

  /** The offset of the next message. */
  public long nextOffset;

  /** For Flink. */
  public QueueState() {}

  QueueState(String topic, String broker, int queue, long nextOffset) {
    this.topic = topic;
    this.broker = broker;
    this.queue = queue;
    this.nextOffset = nextOffset;
  }
}
