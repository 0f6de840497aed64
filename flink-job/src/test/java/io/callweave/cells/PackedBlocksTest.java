package io.callweave.cells;

import static org.assertj.core.api.Assertions.assertThat;

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
        .containsExactly(0, 0, 0, 3, 0, 0, 0, 2, 7, 8);
  }
}
