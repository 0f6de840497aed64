package io.callweave.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class MergeStageTest {
  @Test
  void allCallsGoOnThatStartFiftyMsBeforeTheEndOfTheLastBucketThatIsClosed() {
    MergeStage stage =
        new MergeStage(JobOptions.parse(new String[] {"--bucket-ms=1000"}, Collections.emptyMap()));
    assertThat(stage.promisedMs(4_999)).isEqualTo(4_949);
    assertThat(stage.promisedMs(5_998)).isEqualTo(4_949);
    assertThat(stage.promisedMs(5_999)).isEqualTo(5_949);
    assertThat(stage.promisedMs(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
  }
}
