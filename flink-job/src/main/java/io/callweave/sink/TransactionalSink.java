package io.callweave.sink;

import io.callweave.nativelib.NativeLz4;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;

/**
 * Flink's sink for Kafka, in which attempts of the job that overlap cannot harm each other.
 *
 * <p>A TaskManager that stands still for longer than Flink waits for it is replaced. When it goes
 * on, its tasks do so, too, until they hear that they were cancelled. Flink's sink takes the ids of
 * its transactions from the checkpoint, so both have the same. If the one that was replaced then
 * begins a transaction, Kafka ends the one of that id that the living has open, and its records are
 * lost: Flink finds it ended after the next restart, and presumes that it was committed. So each
 * attempt uses another generation of ids.
 *
 * @param <T> what is written
 */
public class TransactionalSink<T> extends FlinkKafkaProducer<T> {
  private static final long serialVersionUID = 1L;

  /**
   * Writes to a topic.
   *
   * @param producer properties of the producers
   */
  public TransactionalSink(
      String topic, KafkaSerializationSchema<T> schema, Properties producer, Semantic semantic) {
    super(topic, schema, producer, semantic);
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    NativeLz4.prefer();
    super.open(parameters);
  }

  /** The ids of a start without state: Flink's, of which it has ended all transactions. */
  @Override
  protected Optional<KafkaTransactionContext> initializeUserContext() {
    Optional<KafkaTransactionContext> flinks = super.initializeUserContext();
    if (!flinks.isPresent()) {
      return flinks;
    }
    int generation = Generations.forAttempt(attempt(), Generations.NONE);
    use(generation, ids(flinks.get()));
    return userContext;
  }

  /**
   * The ids of a start from a checkpoint, which names those of the attempt that wrote it.
   *
   * @param handled the transactions in the checkpoint, which are committed by now. Their ids are
   *     not spared: later transactions may be open under them.
   */
  @Override
  protected void finishRecoveringContext(Collection<KafkaTransactionState> handled) {
    Set<String> ids = ids(userContext.get());
    use(Generations.forAttempt(attempt(), Generations.of(ids)), ids);
  }

  private int attempt() {
    return getRuntimeContext().getAttemptNumber();
  }

  /**
   * Goes on with a generation of these ids, and ends the transactions that are open in any of them:
   * they would keep readers waiting.
   */
  private void use(int generation, Set<String> ids) {
    endAndUse(Generations.allBut(generation, ids));
    endAndUse(Generations.in(generation, ids));
  }

  private void endAndUse(Set<String> ids) {
    userContext = Optional.of(new KafkaTransactionContext(ids));
    super.finishRecoveringContext(Collections.emptyList());
  }

  /** The ids in a context, which shows them only to its serializer. */
  private static Set<String> ids(KafkaTransactionContext context) {
    try {
      DataOutputSerializer out = new DataOutputSerializer(1024);
      new ContextStateSerializer().serialize(context, out);
      DataInputDeserializer in = new DataInputDeserializer(out.getSharedBuffer());
      Set<String> ids = new HashSet<>();
      for (int left = in.readInt(); left > 0; left--) {
        ids.add(in.readUTF());
      }
      return ids;
    } catch (IOException e) {
      throw new IllegalStateException("Flink writes its transaction ids in another way", e);
    }
  }
}
