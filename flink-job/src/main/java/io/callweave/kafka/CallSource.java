package io.callweave.kafka;

import io.callweave.nativelib.NativeLz4;
import io.callweave.route.InputRecord;
import java.util.Properties;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Reads the input topic.
 *
 * <p>It emits no watermark, and never becomes idle in Flink's sense: behind an idle subtask event
 * time runs on, and what it then brings can be older than timers that have fired. Route keeps the
 * clock instead.
 */
public final class CallSource extends FlinkKafkaConsumer<InputRecord> {
  private static final long serialVersionUID = 1L;

  /**
   * A source that starts at the offsets of the consumer group, else where {@code auto.offset.reset}
   * says.
   */
  public CallSource(String topic, Properties properties) {
    super(topic, new InputRecordSchema(), properties);
    setStartFromGroupOffsets();
    setCommitOffsetsOnCheckpoints(true);
  }

  /**
   * Opens the source, whose reader is a client of its own to the brokers: they give quotas and keep
   * figures by the id of a client, and Kafka's own ids begin anew in every TaskManager.
   */
  @Override
  public void open(Configuration parameters) throws Exception {
    NativeLz4.prefer();
    super.open(parameters);
    // The consumer that looks for new partitions has its id by now, and two of one id in a process
    // would hide each other's figures.
    properties.putIfAbsent(ConsumerConfig.CLIENT_ID_CONFIG, clientId());
  }

  private String clientId() {
    String group = properties.getProperty(ConsumerConfig.GROUP_ID_CONFIG);
    return group + "-source-" + getRuntimeContext().getIndexOfThisSubtask();
  }

  @Override
  public void run(SourceContext<InputRecord> context) throws Exception {
    super.run(new NeverIdle(context));
  }

  /** Drops the mark of idleness that the consumer sets on a subtask without partitions. */
  private static final class NeverIdle implements SourceContext<InputRecord> {
    private final SourceContext<InputRecord> context;

    NeverIdle(SourceContext<InputRecord> context) {
      this.context = context;
    }

    @Override
    public void collect(InputRecord record) {
      context.collect(record);
    }

    @Override
    public void collectWithTimestamp(InputRecord record, long timestamp) {
      context.collectWithTimestamp(record, timestamp);
    }

    @Override
    public void emitWatermark(Watermark watermark) {
      context.emitWatermark(watermark);
    }

    @Override
    public void markAsTemporarilyIdle() {}

    @Override
    public Object getCheckpointLock() {
      return context.getCheckpointLock();
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
