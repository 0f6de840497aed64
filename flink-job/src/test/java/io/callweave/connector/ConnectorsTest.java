package io.callweave.connector;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import org.junit.jupiter.api.Test;

class ConnectorsTest {
  @Test
  void aJarThatIsMissingIsNamedWithThePlaceToPutIt() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> Connectors.ofSource("rocketmq"))
        .withMessageContaining("the jar callweave-rocketmq")
        .withMessageContaining("flink run -C file:///")
        .withMessageEndingWith("callweave.jar --source rocketmq");
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> Connectors.ofSinks(SinkKind.ROCKETMQ))
        .withMessageContaining("the jar callweave-rocketmq")
        .withMessageEndingWith("callweave.jar --sink rocketmq");
  }
}
