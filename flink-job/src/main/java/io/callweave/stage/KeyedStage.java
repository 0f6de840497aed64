package io.callweave.stage;

import io.callweave.nativelib.KeyedKernel;
import java.io.Serializable;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/**
 * A stage that learns: its kernel works the buckets of a group in order, and keeps what it knows of
 * the group from one to the next. {@link KeyedOperator} does the rest.
 *
 * @param <T> what comes out
 */
public interface KeyedStage<T> extends Serializable {
  /** The name that Flink's UI shows. */
  String name();

  /** What Flink knows its state by: it never changes. */
  String uid();

  /** How time is cut into cells. Part of the state: a restart with another is refused. */
  CellLayout layout();

  /** How Flink serializes what comes out. */
  TypeInformation<T> outputType();

  /** Opens the kernel that works the buckets. */
  KeyedKernel openKernel();

  /** Hands on all that the kernel gives. */
  void drain(KeyedKernel fired, CellMetrics metrics, Collector<T> out) throws Exception;
}
