package io.callweave.route;

import static io.callweave.route.RouteHarness.NOW_MS;
import static io.callweave.testing.Call.call;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.testing.Calls;
import io.callweave.testing.FakeBacklog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is no call, or comes too late, leaves Route with the reason, never in silence. */
class RouteRejectsTest {
  private static final String ADDRESSES = "'id':'a','src_ip':'10.0.0.1','dst_ip':'10.0.0.2',";

  private RouteHarness route;

  @BeforeEach
  void open() throws Exception {
    route = RouteHarness.of(FakeBacklog.of(0, 7)).open();
  }

  @AfterEach
  void close() {
    route.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "malformed | no JSON | JSON",
        "malformed | [] | object",
        "malformed | {'id':'a' | JSON",
        "invalid | {} | id",
        "invalid | {'id':'','src_ip':'a','dst_ip':'b','start_at_ms':1,'latency_msec':1} | id",
        "invalid | {'id':'a','dst_ip':'b','start_at_ms':1,'latency_msec':1} | src_ip",
        "invalid | {A'start_at_ms':'1 ','latency_msec':1} | start_at_ms",
        "invalid | {A'start_at_ms':1,'latency_msec':1,'dst_ip':'unknown'} | stands for no address",
        "invalid | {A'start_at_ms':1,'latency_msec':1,'id':'\\ud800'} | surrogate",
        "invalid | {A'start_at_ms':1} | end_at_ms",
        "inconsistent | {A'start_at_ms':1000,'latency_msec':40,'end_at_ms':1042} | 1 ms",
        "too_long | {A'start_at_ms':1000,'latency_msec':20001} | 20000",
        "future | {A'start_at_ms':1700000060000,'latency_msec':1} | max-future-skew-ms",
        "future | {A'start_at_ms':1700000000000000,'latency_msec':1} | looks like microseconds",
      })
  void aRecordThatIsNoCallIsRejectedWithTheReason(String reason, String json, String detail)
      throws Exception {
    route.read(0, json.replace("A", ADDRESSES).replace('\'', '"').getBytes(UTF_8));
    route.tick();
    assertThat(route.rejects())
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.reason).isEqualTo(reason);
              assertThat(rejected.detail).contains(detail);
            });
    route.endInput();
    assertThat(route.blocks()).isEmpty();
  }

  @Test
  void aCallBehindTheWatermarkIsRejectedAsLate() throws Exception {
    route.read(0, call("a", "10.0.0.1", "10.0.0.2", NOW_MS, NOW_MS).json());
    route.read(7, call("b", "10.0.0.1", "10.0.0.2", NOW_MS, NOW_MS).json());
    route.hearOfBacklog();
    route.tick();
    route.read(0, call("c", "10.0.0.1", "10.0.0.2", NOW_MS - 40_000, NOW_MS - 21_000).json());
    route.tick();
    assertThat(route.rejects())
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.reason).isEqualTo("late");
              assertThat(rejected.detail).contains(Long.toString(NOW_MS - 40_000));
            });
  }

  @Test
  void aRejectedRecordIsHandedOnByteForByte() throws Exception {
    byte[] value = {(byte) 0xff, 0, '{', (byte) 0xc3, '\n', '"'};
    route.read(0, Calls.LINEAR);
    route.read(7, "no call".getBytes(UTF_8));
    route.read(7, value.clone());
    route.tick();
    RejectedRecord last = route.rejects().get(1);
    assertThat(last.record.split).isEqualTo(7);
    assertThat(last.record.position).isEqualTo(1);
    assertThat(last.record.value).isEqualTo(value);
  }

  @Test
  void aRecordWithoutAValueIsMalformedAndStaysWithoutAValue() throws Exception {
    route.read(7, (byte[]) null);
    route.tick();
    assertThat(route.rejects())
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.reason).isEqualTo("malformed");
              assertThat(rejected.record.value).isNull();
            });
  }

  @Test
  void aRecordThatIsTooLargeIsMalformedAndHandedOnWhole() throws Exception {
    byte[] value = new byte[65_537];
    route.read(0, value);
    route.tick();
    assertThat(route.rejects())
        .singleElement()
        .satisfies(
            rejected -> {
              assertThat(rejected.reason).isEqualTo("malformed");
              assertThat(rejected.detail).contains("max-record-bytes");
              assertThat(rejected.record.value).isEqualTo(value);
            });
  }

  @Test
  void rejectsAreHandedOnBeforeABarrier() throws Exception {
    route.read(0, "no call".getBytes(UTF_8));
    route.snapshot();
    assertThat(route.rejects()).hasSize(1);
  }

  @Test
  void everyRecordBecomesACallOrAReject() throws Exception {
    route.read(0, Calls.LINEAR);
    route.read(7, "no call".getBytes(UTF_8));
    route.read(7, Calls.BRANCH);
    route.endInput();
    assertThat(route.rejects()).hasSize(1);
    assertThat(route.blocks().stream().mapToInt(block -> block.calls).sum()).isEqualTo(6);
  }
}
