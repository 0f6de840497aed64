package io.callweave.cells;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GridTest {
  @Test
  void aCellKnowsItsBucketAndTheLastMomentOfIt() {
    Grid grid = new Grid(1000, 16);
    for (long group = 0; group < 16; group++) {
      assertThat(grid.bucketOf(7 * 16 + group)).isEqualTo(7);
      assertThat(grid.lastMs(7 * 16 + group)).isEqualTo(7_999);
    }
    assertThat(grid.bucketOf(0)).isZero();
    assertThat(grid.lastMs(0)).isEqualTo(999);
  }

  @Test
  void theLatestCellThatACallCanHaveDoesNotOverflow() {
    long latestMs = (1L << 53) + 24 * 3_600_000;
    Grid grid = new Grid(1, 256);
    long cell = latestMs * 256 + 255;
    assertThat(grid.bucketOf(cell)).isEqualTo(latestMs);
    assertThat(grid.lastMs(cell)).isEqualTo(latestMs);
  }
}
