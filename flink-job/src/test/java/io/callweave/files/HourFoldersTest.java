package io.callweave.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.junit.jupiter.api.Test;

class HourFoldersTest {
  private final HourFolders<String> folders = new HourFolders<>();

  private String of(Long eventMs) {
    return folders.getBucketId(
        "record",
        new BucketAssigner.Context() {
          @Override
          public long currentProcessingTime() {
            return 3_599_999;
          }

          @Override
          public long currentWatermark() {
            return 0;
          }

          @Override
          public Long timestamp() {
            return eventMs;
          }
        });
  }

  @Test
  void aRecordIsInTheFolderOfItsHourOfUtc() {
    assertThat(of(1_700_000_000_000L)).isEqualTo("date=2023-11-14/hour=22");
    assertThat(of(1_700_002_799_999L)).isEqualTo("date=2023-11-14/hour=22");
    assertThat(of(1_700_002_800_000L)).isEqualTo("date=2023-11-14/hour=23");
    assertThat(of(1_700_006_400_000L)).isEqualTo("date=2023-11-15/hour=00");
  }

  @Test
  void aRecordWithoutEventTimeIsInThatOfTheWallClock() {
    assertThat(of(null)).isEqualTo("date=1970-01-01/hour=00");
  }
}
