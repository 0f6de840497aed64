package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackedBlocksTest {
  @Test
  void whatWasPackedComesOutInItsOrder() {
    byte[] packed =
        PackedBlocks.pack(
            Arrays.asList(
                new Block(1, 3, new byte[] {1, 2}),
                new Block(1, 0, new byte[0]),
                new Block(1, 5, new byte[] {9})));
    List<String> unpacked = new ArrayList<>();
    PackedBlocks.unpack(
        packed, (calls, block) -> unpacked.add(calls + " " + Arrays.toString(block)));
    assertThat(unpacked).containsExactly("3 [1, 2]", "0 []", "5 [9]");
  }

  @Test
  void theLayoutIsThatOfEverySavepoint() {
    assertThat(PackedBlocks.pack(Collections.singletonList(new Block(1, 3, new byte[] {7, 8}))))
        .containsExactly(1, 0, 0, 0, 3, 0, 0, 0, 2, 7, 8);
  }

  @Test
  void aValueThatIsCutAnywhereIsRefused() {
    byte[] packed = PackedBlocks.pack(Collections.singletonList(new Block(1, 3, new byte[] {7})));
    for (int length = 2; length < packed.length; length++) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertThatThrownBy(() -> PackedBlocks.unpack(cut, (calls, block) -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("are cut");
    }
  }

  @Test
  void aValueOfAnotherVersionIsRefusedByName() {
    for (byte[] other : new byte[][] {{9, 0}, {}}) {
      assertThatThrownBy(() -> PackedBlocks.unpack(other, (calls, block) -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("this build reads version 1");
    }
  }
}
