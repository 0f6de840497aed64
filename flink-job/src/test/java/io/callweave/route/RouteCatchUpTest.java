package io.callweave.route;

import static io.callweave.route.RouteHarness.NOW_MS;
import static io.callweave.testing.Call.call;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.FakeBacklog;
import io.callweave.time.Gate;
import io.callweave.time.Peers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A subtask that reads an old backlog, and is ahead of the others. */
@Timeout(60)
class RouteCatchUpTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long OTHERS_MS = NOW_MS - 6 * HOUR_MS;
  private static final int BATCH_RECORDS = 512;

  private RouteHarness route;
  private volatile Exception failure;

  @BeforeEach
  void openAmongOthersThatStandStill() throws Exception {
    route = RouteHarness.of(FakeBacklog.of(0)).open();
    for (int i = 0; i < 20; i++) {
      sayOthersAreAt(OTHERS_MS);
    }
  }

  @AfterEach
  void close() {
    route.close();
  }

  private void sayOthersAreAt(long ms) throws Exception {
    route.hearOfBacklog();
    route.peers().say(new Peers.Summary(ms, -1, ms));
    route.tick();
  }

  /** Starts a thread that reads a batch of an hour after the others, and then the next record. */
  private Thread reader() {
    Thread reader =
        new Thread(
            () -> {
              try {
                long startMs = OTHERS_MS + HOUR_MS;
                for (int i = 0; i < BATCH_RECORDS; i++) {
                  byte[] json = call("id-" + i, "10.0.0.1", "10.0.0.2", startMs, startMs).json();
                  route.read(0, json);
                }
                Gate.pass();
              } catch (Exception e) {
                failure = e;
              }
            });
    reader.start();
    return reader;
  }

  private static void awaitWaiting(Thread reader) throws InterruptedException {
    while (reader.getState() != Thread.State.WAITING) {
      assertThat(reader.isAlive()).isTrue();
      reader.join(10);
    }
  }

  @Test
  void theThreadThatReadsWaitsUntilTheOthersHaveComeOn() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    sayOthersAreAt(OTHERS_MS);
    assertThat(reader.getState()).isEqualTo(Thread.State.WAITING);
    sayOthersAreAt(OTHERS_MS + HOUR_MS);
    reader.join();
    assertThat(failure).isNull();
  }

  @Test
  void barriersPassWhileItWaits() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    route.snapshot();
    assertThat(route.blocks().stream().mapToInt(block -> block.calls).sum())
        .isEqualTo(BATCH_RECORDS);
    assertThat(reader.getState()).isEqualTo(Thread.State.WAITING);
    route.close();
    reader.join();
  }

  @Test
  void itGoesOnWhenTheOthersAreNotHeardOf() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    route.peers().say(null);
    route.tick();
    reader.join();
    assertThat(failure).isNull();
  }

  @Test
  void itGoesOnWhenTheSubtaskEnds() throws Exception {
    Thread reader = reader();
    awaitWaiting(reader);
    route.close();
    reader.join();
    assertThat(failure).isNull();
  }
}
