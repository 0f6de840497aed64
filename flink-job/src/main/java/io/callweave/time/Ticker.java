package io.callweave.time;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.streaming.runtime.tasks.AsyncExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one thing again and again on a thread of its own: what may wait for another machine.
 *
 * <p>An exception is an outage, which may end. An error is not: it fails the task, which would
 * otherwise go on without ever hearing of silence again.
 */
public final class Ticker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
  private static final long END_WITHIN_MS = 30_000;

  private final String what;
  private final long periodMs;
  private final Step step;
  private final AsyncExceptionHandler task;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private boolean failing;

  /** What is done at each tick. */
  public interface Step {
    void run() throws Exception;
  }

  /**
   * A ticker that is not started.
   *
   * @param what says in the log what did not work
   * @param task fails when the step ends with an error
   */
  public Ticker(String what, long periodMs, Step step, AsyncExceptionHandler task) {
    this.what = what;
    this.periodMs = periodMs;
    this.step = step;
    this.task = task;
    this.thread = new Thread(this::loop, "callweave: " + what);
    thread.setDaemon(true);
  }

  /** Starts to tick. */
  public Ticker start() {
    thread.start();
    return this;
  }

  private void loop() {
    try {
      do {
        tick();
      } while (!closed.await(periodMs, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      // Only close interrupts, and wants the end.
    } catch (Throwable e) {
      task.handleAsyncException(String.format("Not able to %s", what), e);
    }
  }

  private void tick() {
    try {
      step.run();
      if (failing) {
        LOG.info("Again able to {}", what);
      }
      failing = false;
    } catch (Exception e) {
      // Once per outage: until it ends, time goes on only by the calls that arrive.
      if (!failing && closed.getCount() > 0) {
        LOG.warn("Not able to {}; until this works, nothing counts as silent", what, e);
      }
      failing = true;
    }
  }

  /** Interrupts what is being done, and waits until the thread has ended. */
  @Override
  public void close() {
    closed.countDown();
    thread.interrupt();
    try {
      thread.join(END_WITHIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("The thread that should {} does not end", what);
    }
  }
}
