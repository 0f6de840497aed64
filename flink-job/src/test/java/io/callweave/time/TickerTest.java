package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a step that does not work. */
@Timeout(60)
class TickerTest {
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private Ticker ticker;

  private void start(Ticker.Step step) {
    ticker = new Ticker("do this", 1, step, (message, failure) -> failures.add(failure)).start();
  }

  @AfterEach
  void close() {
    ticker.close();
  }

  @Test
  void anErrorFailsTheTask() throws Exception {
    Error error = new NoClassDefFoundError("gone");
    start(
        () -> {
          throw error;
        });
    assertThat(failures.poll(30, TimeUnit.SECONDS)).isSameAs(error);
  }

  @Test
  void anExceptionIsAnOutageAfterWhichItGoesOn() throws Exception {
    CountDownLatch tries = new CountDownLatch(3);
    start(
        () -> {
          tries.countDown();
          throw new IllegalStateException("away");
        });
    assertThat(tries.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(failures).isEmpty();
  }
}
