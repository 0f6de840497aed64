package io.callweave.kafka;

import io.callweave.sink.RefusedRecordException;
import java.util.Optional;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why a write failed, and whether it would fail again after a restart.
 *
 * <p>A record that the broker refuses as too large passed the limit that the sink had asked for at
 * its start. If the limit is lower now, a restart helps: the next attempt knows it. If not, nothing
 * does.
 */
final class Refusal {
  private static final Logger LOG = LoggerFactory.getLogger(Refusal.class);

  /** The brokers of a cluster do not hear of a new limit at once. */
  private static final int ASKED_TIMES = 5;

  private static final long BETWEEN_MS = 1_000;

  private final Throwable failure;
  private final RecordLimit limit;

  Refusal(Throwable failure, RecordLimit limit) {
    this.failure = failure;
    this.limit = limit;
  }

  /**
   * Returns if a restart can help. Takes some seconds if it cannot.
   *
   * @throws RefusedRecordException if it cannot
   */
  void endIfFinal() {
    Optional<InvalidRecordException> invalid =
        ExceptionUtils.findThrowable(failure, InvalidRecordException.class);
    if (invalid.isPresent()) {
      throw new RefusedRecordException(limit.invalid(invalid.get().getMessage()));
    }
    if (ExceptionUtils.findThrowable(failure, RecordTooLargeException.class).isPresent()
        && !isLowered()) {
      throw new RefusedRecordException(limit.refusal(limit.largestBytes()));
    }
  }

  private boolean isLowered() {
    for (int asked = 0; asked < ASKED_TIMES; asked++) {
      try {
        long now = limit.askAnew();
        if (now < limit.bytes()) {
          LOG.warn(
              "A topic takes records of {} bytes only, no longer of {}: the job restarts with that",
              now,
              limit.bytes());
          return true;
        }
        Thread.sleep(BETWEEN_MS);
      } catch (KafkaException e) {
        LOG.warn("Whether a topic takes smaller records than before is not known", e);
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return true;
      }
    }
    return false;
  }
}
