package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.callweave.assemble.AssembleStage;
import io.callweave.link.LinkStage;
import io.callweave.nativelib.KernelException;
import io.callweave.options.JobOptions;
import io.callweave.testing.Blocks;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import java.util.Arrays;
import java.util.Collections;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A block that was damaged, or that another release wrote, fails the job with the reason. */
class CorruptBlockTest {
  private static final JobOptions OPTIONS = JobOptions.parse(new String[0], Collections.emptyMap());
  private static final int VERSION_AT = 2;

  private Block block;

  @BeforeEach
  void cutIntoBlocks() throws Exception {
    block = Blocks.of(Calls.LINEAR, 1, OPTIONS).get(0);
  }

  @Test
  void aSoundBlockIsLinked() {
    assertThatNoException().isThrownBy(() -> link(block));
  }

  @Test
  void aBlockThatWasChangedIsRefused() {
    block.bytes[block.bytes.length / 2] ^= 1;
    assertRefused("checksum");
  }

  @Test
  void aBlockWithoutItsTailIsRefused() {
    block.bytes = Arrays.copyOf(block.bytes, block.bytes.length - 1);
    assertRefused("cut");
    block.bytes = Arrays.copyOf(block.bytes, 5);
    assertRefused("its tail is lost");
  }

  @Test
  void aBlockOfALaterReleaseIsRefusedWithItsVersion() {
    block.bytes[VERSION_AT] = 99;
    assertRefused("version 99");
  }

  @Test
  void whatIsNoBlockIsRefused() {
    block.bytes = new byte[64];
    assertRefused("no block of callweave");
  }

  @Test
  void aBlockForLinkIsRefusedByAssemble() throws Exception {
    try (CellHarness<ResultRecord> assemble =
        CellHarness.of(new AssembleStage(OPTIONS), 0).open()) {
      assertThatExceptionOfType(KernelException.class)
          .isThrownBy(() -> assemble.fireAll(Collections.singletonList(block)))
          .withMessageContaining("kind 1");
    }
  }

  @Test
  void aBlockThatCameOutOfTheStateIsCheckedToo() throws Exception {
    block.bytes[VERSION_AT] = 99;
    OperatorSubtaskState state;
    try (CellHarness<Block> link = CellHarness.of(new LinkStage(OPTIONS), 0).open()) {
      link.push(Collections.singletonList(block));
      state = link.snapshot();
    }
    try (CellHarness<Block> link = CellHarness.of(new LinkStage(OPTIONS), 0).restore(state)) {
      assertThatExceptionOfType(KernelException.class)
          .isThrownBy(() -> link.watermark(Long.MAX_VALUE))
          .withMessageContaining("version 99");
    }
  }

  private void assertRefused(String why) {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> link(block))
        .withMessageContaining(why);
  }

  private static void link(Block block) throws Exception {
    try (CellHarness<Block> link = CellHarness.of(new LinkStage(OPTIONS), 1 << 20).open()) {
      link.fireAll(Collections.singletonList(block));
    }
  }
}
