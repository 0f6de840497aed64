package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class DirectBufferTest {
  private final DirectBuffer buffer = new DirectBuffer("A test", 16);

  @Test
  void whatIsWrittenIsRead() {
    buffer.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, 7);
    byte[] read = new byte[3];
    buffer.read(read, 2);
    assertThat(read).containsExactly(1, 2, 0);
    assertThat(buffer.copy(5, 3)).containsExactly(6, 7, 0);
  }

  @Test
  void itGrowsToTwiceItsSizeAtLeast() {
    buffer.reserve(17);
    assertThat(buffer.capacity()).isEqualTo(32);
    buffer.reserve(100);
    assertThat(buffer.capacity()).isEqualTo(100);
  }

  @Test
  void thereIsNoGrowthWithoutNeed() {
    buffer.reserve(16);
    assertThat(buffer.capacity()).isEqualTo(16);
  }

  @Test
  void growthBeyondTheLimitIsAnErrorThatNamesBothSizes() {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> buffer.reserve(1L << 31))
        .withMessageContaining("A test")
        .withMessageContaining("2147483648")
        .withMessageContaining("1073741824");
    assertThat(buffer.capacity()).isEqualTo(16);
  }

  @Test
  void integersAreLittleEndian() {
    buffer.write(new byte[] {4, 3, 2, 1, 0, 0, 0, 0}, 8);
    assertThat(buffer.getInt(0)).isEqualTo(0x01020304);
    assertThat(buffer.getLong(0)).isEqualTo(0x01020304L);
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
