package io.callweave.cell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CellLayoutTest {
  @Test
  void aCellKnowsItsBucketAndTheLastMomentOfIt() {
    CellLayout layout = new CellLayout(1000, "groups", 16);
    for (long group = 0; group < 16; group++) {
      assertThat(layout.bucketOf(7 * 16 + group)).isEqualTo(7);
      assertThat(layout.lastMs(7 * 16 + group)).isEqualTo(7_999);
    }
    assertThat(layout.bucketOf(0)).isZero();
    assertThat(layout.lastMs(0)).isEqualTo(999);
  }

  @Test
  void theLatestCellThatACallCanHaveDoesNotOverflow() {
    long latestMs = (1L << 53) + 24 * 3_600_000;
    CellLayout layout = new CellLayout(1, "groups", 256);
    long cell = latestMs * 256 + 255;
    assertThat(layout.bucketOf(cell)).isEqualTo(latestMs);
    assertThat(layout.lastMs(cell)).isEqualTo(latestMs);
  }
}
