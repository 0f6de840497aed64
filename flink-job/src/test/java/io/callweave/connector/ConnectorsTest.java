package io.callweave.connector;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.files.FileSinks;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.options.SinkKind;
import java.util.Collections;
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

  @Test
  void parquetWithoutItsJarIsRefusedWhereTheJobIsSubmitted() {
    JobOptions parquet =
        JobOptions.parse(
            new String[] {"--sink=files", "--output=/tmp/o", "--file-format=parquet"},
            Collections.emptyMap());
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> new FileSinks(parquet))
        .withMessageContaining("the jar callweave-parquet,")
        .withMessageEndingWith("callweave.jar --file-format parquet");
  }
}
