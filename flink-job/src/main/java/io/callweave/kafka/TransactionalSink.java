package io.callweave.kafka;

import io.callweave.nativelib.NativeLz4;
import io.callweave.sink.FinalRefusal;
import io.callweave.sink.RefusedRecordException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.streaming.api.operators.StreamingRuntimeContext;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaException;
import org.apache.flink.streaming.connectors.kafka.FlinkKafkaProducer;
import org.apache.flink.streaming.connectors.kafka.KafkaSerializationSchema;
import org.apache.flink.streaming.connectors.kafka.internals.FlinkKafkaInternalProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;

/**
 * Flink's sink for Kafka, in which attempts of the job that overlap cannot harm each other.
 *
 * <p>A TaskManager that stands still for longer than Flink waits for it is replaced. When it goes
 * on, its tasks do so, too, until they hear that they were cancelled. Flink's sink takes the ids of
 * its transactions from the checkpoint, so both have the same. If the one that was replaced then
 * begins a transaction, Kafka ends the one of that id that the living has open, and its records are
 * lost: Flink finds it ended after the next restart, and presumes that it was committed. So each
 * attempt uses a {@link Generation} of ids that no other attempt ever uses, and ends transactions
 * only of generations before its own.
 *
 * @param <T> what is written
 */
public class TransactionalSink<T> extends FlinkKafkaProducer<T> {
  private static final long serialVersionUID = 1L;

  /** Where Flink's sink keeps which ids are free. */
  private static final ListStateDescriptor<NextTransactionalIdHint> FREE_IDS =
      new ListStateDescriptor<>(
          "next-transactional-id-hint-v2", new NextTransactionalIdHintSerializer());

  private final RecordLimit limit;

  private transient boolean strayPoolsEnded;

  /**
   * Writes to a topic.
   *
   * @param producer properties of the producers
   * @param limit how large a record may be, which the schema goes by
   */
  public TransactionalSink(
      String topic,
      KafkaSerializationSchema<T> schema,
      Properties producer,
      Semantic semantic,
      RecordLimit limit) {
    super(topic, schema, producer, semantic);
    this.limit = limit;
  }

  @Override
  public void open(Configuration parameters) throws Exception {
    NativeLz4.prefer();
    super.open(parameters);
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    finalRefusal().check();
    limit.ask();
    limit.boundBatches(producerConfig);
    if (!context.isRestored()) {
      // Without it Flink's sink would first end the transactions of 25 ids, none of which is used.
      ListState<NextTransactionalIdHint> freeIds =
          context.getOperatorStateStore().getUnionListState(FREE_IDS);
      freeIds.add(new NextTransactionalIdHint(0, 0));
    }
    super.initializeState(context);
  }

  @Override
  public void invoke(KafkaTransactionState transaction, T next, Context context)
      throws FlinkKafkaException {
    try {
      super.invoke(transaction, next, context);
    } catch (FlinkKafkaException | KafkaException e) {
      new Refusal(e, limit).endIfFinal();
      throw e;
    }
  }

  @Override
  protected void preCommit(KafkaTransactionState transaction) throws FlinkKafkaException {
    try {
      super.preCommit(transaction);
    } catch (FlinkKafkaException | KafkaException e) {
      leaveIfFinal(new Refusal(e, limit));
      throw e;
    }
  }

  private void leaveIfFinal(Refusal refusal) {
    try {
      refusal.endIfFinal();
    } catch (RefusedRecordException e) {
      try {
        finalRefusal().leave(e);
      } catch (IOException jobManager) {
        e.addSuppressed(jobManager);
      }
      throw e;
    }
  }

  private FinalRefusal finalRefusal() {
    StreamingRuntimeContext context = (StreamingRuntimeContext) getRuntimeContext();
    return new FinalRefusal(context.getGlobalAggregateManager(), context.getOperatorUniqueID());
  }

  /** The ids of a subtask that has none in the checkpoint, or of a start without one. */
  @Override
  protected Optional<KafkaTransactionContext> initializeUserContext() {
    Optional<KafkaTransactionContext> flinks = super.initializeUserContext();
    if (flinks.isPresent()) {
      Set<String> ids = ids(flinks.get());
      endStrayPools(ids, 1);
      use(ids, Collections.emptySet());
    }
    return flinks.isPresent() ? userContext : flinks;
  }

  /**
   * The ids of a start from a checkpoint, which names those of the attempt that wrote it.
   *
   * @param handled the transactions in the checkpoint, which are committed by now. Their ids are
   *     not spared: later transactions may be open under them.
   */
  @Override
  protected void finishRecoveringContext(Collection<KafkaTransactionState> handled) {
    Set<String> former = ids(userContext.get());
    // Later attempts have as many subtasks as the first one.
    if (getRuntimeContext().getAttemptNumber() == 0) {
      endStrayPools(ids(super.initializeUserContext().get()), 0);
    }
    use(Generation.unmarked(former), former);
  }

  /**
   * Ends what a start with more subtasks left open that failed before its first checkpoint, as far
   * as it had up to {@link FlinkKafkaProducer#SAFE_SCALE_DOWN_FACTOR} times as many.
   *
   * @param free Flink's free ids for this subtask
   * @param first 0 if this subtask uses others, 1 if it uses these
   */
  private void endStrayPools(Set<String> free, int first) {
    if (!strayPoolsEnded) {
      strayPoolsEnded = true;
      int subtasks = getRuntimeContext().getNumberOfParallelSubtasks();
      for (Set<String> pool :
          Generation.pools(free, subtasks, first, FlinkKafkaProducer.SAFE_SCALE_DOWN_FACTOR)) {
        endTransactions(next(pool).markFormer(pool));
      }
    }
  }

  /**
   * Goes on with a new generation of these ids, after it has ended the transactions that are open
   * in earlier ones: they would keep readers waiting.
   *
   * @param flinks the ids without a mark
   * @param former the ids of the attempt that wrote the checkpoint
   */
  private void use(Set<String> flinks, Set<String> former) {
    Generation own = next(flinks);
    Set<String> earlier = own.markFormer(flinks);
    earlier.addAll(former);
    endTransactions(earlier);
    Set<String> ids = own.mark(flinks);
    userContext = Optional.of(new KafkaTransactionContext(ids));
    // As if handled: nobody has had these ids, so none of them is open.
    super.finishRecoveringContext(
        ids.stream()
            .map(id -> new KafkaTransactionState(id, -1, (short) -1, null))
            .collect(Collectors.toList()));
  }

  /** A generation that no attempt has had. */
  private Generation next(Set<String> flinks) {
    StreamingRuntimeContext context = (StreamingRuntimeContext) getRuntimeContext();
    LatestAttempt latest =
        new LatestAttempt(
            context.getGlobalAggregateManager(),
            context.getOperatorUniqueID() + "-" + context.getIndexOfThisSubtask(),
            context.getAttemptNumber());
    Properties properties = new Properties();
    properties.putAll(producerConfig);
    properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, Generation.counter(flinks));
    FlinkKafkaInternalProducer<byte[], byte[]> counter = null;
    try {
      latest.check();
      counter = new FlinkKafkaInternalProducer<>(properties);
      counter.initTransactions();
      Generation next = new Generation(counter.getProducerId(), counter.getEpoch());
      latest.check();
      return next;
    } catch (IOException e) {
      throw new IllegalStateException("the JobManager does not say which attempt is the latest", e);
    } finally {
      if (counter != null) {
        counter.close(Duration.ZERO);
      }
    }
  }

  /** Ends the transactions that are open under these ids, if any. */
  private void endTransactions(Set<String> ids) {
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
