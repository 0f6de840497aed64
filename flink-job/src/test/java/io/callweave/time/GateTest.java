package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GateTest {
  private final Gate gate = new Gate();
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);
  private volatile Exception failure;

  /** A thread that reads two records and whose gate is shut after the first. */
  private Thread reader() {
    Thread reader =
        new Thread(
            () -> {
              try {
                Gate.pass();
                gate.belongToReader();
                gate.shut(true);
                first.countDown();
                Gate.pass();
                second.countDown();
              } catch (InterruptedException e) {
                failure = e;
              }
            });
    reader.start();
    return reader;
  }

  private void awaitWaiting(Thread reader) throws InterruptedException {
    first.await();
    while (reader.getState() != Thread.State.WAITING) {
      reader.join(10);
    }
  }

  @Test
  void theReaderWaitsUntilItsGateIsOpened() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    assertThat(second.getCount()).isEqualTo(1);
    gate.shut(false);
    assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
    reader.join();
  }

  @Test
  void theReaderGoesOnWhenItsSubtaskEnds() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    gate.close();
    assertThat(second.await(30, TimeUnit.SECONDS)).isTrue();
    reader.join();
  }

  @Test
  void aWaitingReaderCanBeInterrupted() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    reader.interrupt();
    reader.join();
    assertThat(failure).isInstanceOf(InterruptedException.class);
  }

  @Test
  void aGateStopsNoOtherReader() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    Gate.pass();
    gate.close();
    reader.join();
  }
}
