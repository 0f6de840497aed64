package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class DirectBufferTest {
  private final DirectBuffer buffer = new DirectBuffer("A test", 16);

  @Test
  void growingKeepsWhatItIsToldToKeep() {
    buffer.put(0, new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    buffer.put(8, new byte[] {9, 9, 9, 9, 9, 9, 9, 9});
    buffer.reserve(17, 8);

    assertThat(buffer.capacity()).isEqualTo(32);
    assertThat(buffer.copy(0, 8)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(buffer.getLong(8)).isZero();
  }

  @Test
  void thereIsNoGrowthWithoutNeed() {
    buffer.reserve(16, 16);
    assertThat(buffer.capacity()).isEqualTo(16);
  }

  @Test
  void growthBeyondTheLimitIsAnErrorThatNamesBothSizes() {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> buffer.reserve(1L << 31, 0))
        .withMessageContaining("A test")
        .withMessageContaining("2147483648")
        .withMessageContaining("1073741824");
    assertThat(buffer.capacity()).isEqualTo(16);
  }

  @Test
  void integersAreLittleEndian() {
    buffer.putInt(0, 0x01020304);
    assertThat(buffer.copy(0, 4)).containsExactly(4, 3, 2, 1);
  }

  @Test
  void aPartThatRunsOverTheEndIsAnError() {
    assertThatCode(() -> buffer.require(8, 8, 16)).doesNotThrowAnyException();
    for (int length : new int[] {9, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      assertThatExceptionOfType(KernelException.class)
          .isThrownBy(() -> buffer.require(length, 8, 16));
    }
  }
}
