package io.callweave.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class OptionWarningsTest {
  @Test
  void theDefaultsGoTogether() {
    assertThat(warnings()).isEmpty();
    assertThat(warnings("--max-latency-ms=30000")).isEmpty();
  }

  @Test
  void callsThatMayTakeLongerThanTheyMayBeLateAreWarnedOfWithTheValueToSet() {
    List<String> warnings = warnings("--max-latency-ms=60000", "--idle-flush-ms=60000");
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .contains("--max-latency-ms 60000 is above --max-out-of-order-ms 30000")
        .contains("late if it took longer than 30000 ms")
        .contains("Raise --max-out-of-order-ms to 60000");
  }

  @Test
  void aFlushBeforeTheLastCallsMayComeIsWarnedOfWithTheValueToSet() {
    List<String> warnings = warnings("--max-out-of-order-ms=60000");
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0))
        .contains("--idle-flush-ms 30000 is below the 60000 ms")
        .contains("Raise --idle-flush-ms to 60000");
  }

  /** Else the second would come only once the first has been followed. */
  @Test
  void bothAreToldAtOnce() {
    assertThat(warnings("--max-latency-ms=60000"))
        .hasSize(2)
        .anyMatch(warning -> warning.contains("Raise --max-out-of-order-ms to 60000"))
        .anyMatch(warning -> warning.contains("Raise --idle-flush-ms to 60000"));
  }

  @Test
  void exactlyOnceIsNotPromisedOfWhatGoesToRocketmq() {
    String[] sink = {"--sink=chains=rocketmq", "--rocketmq-namesrv=namesrv:9876"};
    assertThat(warnings(sink))
        .singleElement()
        .asString()
        .contains("--sink chains=rocketmq writes to RocketMQ, which takes records at least once");
    assertThat(warnings(sink[0], sink[1], "--delivery=at-least-once")).isEmpty();
  }

  private static List<String> warnings(String... arguments) {
    return OptionWarnings.of(JobOptions.parse(arguments, Collections.emptyMap()));
  }
}
