package io.callweave.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationsTest {
  private static Set<String> set(String... ids) {
    return new HashSet<>(Arrays.asList(ids));
  }

  @Test
  void attemptsInARowHaveNoGenerationInCommon() {
    for (int first = 0; first < 10; first++) {
      Set<Integer> generations = new HashSet<>();
      for (int attempt = first; attempt < first + Generations.COUNT; attempt++) {
        generations.add(Generations.forAttempt(attempt, Generations.NONE));
      }
      assertThat(generations).hasSize(Generations.COUNT);
    }
  }

  @Test
  void anAttemptNeverHasTheGenerationOfTheOneWhoseCheckpointItGoesOnFrom() {
    for (int attempt = 0; attempt < 10; attempt++) {
      for (int former = 0; former < Generations.COUNT; former++) {
        assertThat(Generations.forAttempt(attempt, former))
            .isNotEqualTo(former)
            .isBetween(0, Generations.COUNT - 1);
      }
    }
  }

  @Test
  void anIdSaysItsGeneration() {
    for (int generation = 0; generation < Generations.COUNT; generation++) {
      Set<String> ids = Generations.in(generation, set("Results-3", "Results-4"));
      assertThat(Generations.of(ids)).isEqualTo(generation);
      assertThat(Generations.in(0, ids)).isEqualTo(set("Results-3", "Results-4"));
    }
  }

  @Test
  void theOtherGenerationsAreAllButOne() {
    Set<String> ids = Generations.in(2, set("Results-3"));
    assertThat(Generations.allBut(1, ids))
        .isEqualTo(set("Results-3", "Results-3~2", "Results-3~3"));
  }
}
