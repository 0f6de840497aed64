package io.callweave.connector;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.OptionsException;
import org.junit.jupiter.api.Test;

class ConnectorsTest {
  @Test
  void aJarThatIsMissingIsNamedWithThePlaceToPutIt() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> Connectors.named("rocketmq"))
        .withMessageContaining("the jar callweave-rocketmq")
        .withMessageContaining("flink run -C file:///");
  }
}
