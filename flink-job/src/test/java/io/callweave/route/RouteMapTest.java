package io.callweave.route;

import static io.callweave.route.RouteHarness.NOW_MS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.emptyMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.testing.FakeBacklog;
import org.junit.jupiter.api.Test;

/** Records with names and units of the user's own. */
class RouteMapTest {
  private static final String MAP =
      "id=span,src_ip=from.ip,dst_ip=to.0.ip,start_at_ms=at:us,latency_msec=took:ns";

  private static byte[] record(long startMs, String from) {
    return String.format(
            "{\"span\":\"a\",\"from\":{\"ip\":%s},\"to\":[{\"ip\":\"10.0.0.2\"}],\"at\":%d,\"took\":5000000}",
            from, startMs * 1000)
        .getBytes(UTF_8);
  }

  @Test
  void aRecordIsReadByTheMapAndARejectIsTheRecordAsItCame() throws Exception {
    try (RouteHarness route = RouteHarness.of(FakeBacklog.of(0, 7), "--map", MAP).open()) {
      byte[] wrong = record(NOW_MS, "7");
      route.read(0, record(NOW_MS, "\"10.0.0.1\""));
      route.read(0, wrong);
      route.tick();
      assertThat(route.rejects())
          .singleElement()
          .satisfies(
              rejected -> {
                assertThat(rejected.reason).isEqualTo("invalid");
                assertThat(rejected.detail).isEqualTo("src_ip is a number; a string is wanted");
                assertThat(rejected.record.value).isEqualTo(wrong);
              });
    }
  }

  @Test
  void aMapThatIsWrongIsToldBeforeTheJobRuns() {
    assertThatCode(() -> check("--map", MAP)).doesNotThrowAnyException();
    assertThatCode(() -> check("--map", "otlp,id=spanId")).doesNotThrowAnyException();
    assertThatCode(() -> check()).doesNotThrowAnyException();
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> check("--map", "id=span,src=from.ip"))
        .withMessage(
            "--map is wrong at character 9: 'src' is no field of a call; id, src_ip, dst_ip,"
                + " start_at_ms, latency_msec or end_at_ms is wanted");
  }

  private static void check(String... arguments) {
    new RouteSettings(JobOptions.parse(arguments, emptyMap())).checkMap();
  }
}
