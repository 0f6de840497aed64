package io.callweave.stage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the stages of a slot may hold together. */
class SlotMemoryTest {
  @Test
  void theStageThatHoldsMostGivesWayWhenAllTogetherHoldTooMuch() {
    try (SlotMemory.Share one = SlotMemory.join("most", 100);
        SlotMemory.Share other = SlotMemory.join("most", 100)) {
      one.addBlocks(70);
      assertThat(one.isTooMuch()).isFalse();
      other.addBlocks(40);
      assertThat(one.isTooMuch()).isTrue();
      assertThat(other.isTooMuch()).isFalse();
      one.addBlocks(-70);
      assertThat(other.isTooMuch()).isFalse();
    }
  }

  @Test
  void whatAKernelHoldsCountsAndCannotBeGivenAway() {
    try (SlotMemory.Share share = SlotMemory.join("native", 100)) {
      share.setNative(150);
      assertThat(share.isTooMuch()).isFalse();
      share.addBlocks(1);
      assertThat(share.isTooMuch()).isTrue();
      share.setNative(20);
      assertThat(share.isTooMuch()).isFalse();
    }
  }

  @Test
  void slotsHaveNothingToDoWithEachOtherAndAStageThatEndsGivesItsShareBack() {
    try (SlotMemory.Share share = SlotMemory.join("one", 100)) {
      SlotMemory.Share elsewhere = SlotMemory.join("another", 100);
      elsewhere.addBlocks(1_000);
      share.addBlocks(60);
      assertThat(share.isTooMuch()).isFalse();
      SlotMemory.Share gone = SlotMemory.join("one", 100);
      gone.addBlocks(1_000);
      gone.close();
      gone.close();
      elsewhere.close();
      assertThat(share.isTooMuch()).isFalse();
      assertThat(share.blockBytes()).isEqualTo(60);
    }
  }
}
