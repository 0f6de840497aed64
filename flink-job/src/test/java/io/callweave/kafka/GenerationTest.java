package io.callweave.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.flink.streaming.connectors.kafka.internals.TransactionalIdsGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationTest {
  private static final int POOL = 5;
  private static final String OPERATOR = "0123456789abcdef0123456789abcdef";

  /** What a broker knows: the last number of each counter. */
  private final Map<String, Long> counters = new HashMap<>();

  /** What was used and ended, in order of the starts, by all subtasks of a start. */
  private final List<Set<String>> used = new ArrayList<>();

  private final List<Set<String>> ended = new ArrayList<>();

  /**
   * A start: fresh, or from any checkpoint of an earlier one, whether others have begun since or
   * not; with any number of subtasks; with any number of attempts counted by the JobManager, which
   * plays no part. None of the earlier ones need ever have ended.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void noAttemptHasAnIdOfAnotherNorEndsOneOfALater(int seed) {
    Random random = new Random(seed);
    List<List<Set<String>>> checkpoints = new ArrayList<>();
    for (int start = 0; start < 60; start++) {
      boolean fresh = checkpoints.isEmpty() || random.nextInt(5) == 0;
      List<Set<String>> pools =
          fresh
              ? freshPools(1 + random.nextInt(4))
              : checkpoints.get(random.nextInt(checkpoints.size()));
      List<Set<String>> ids = start(pools);
      if (random.nextBoolean()) {
        checkpoints.add(ids);
      }
    }
    for (int earlier = 0; earlier < used.size(); earlier++) {
      for (int later = earlier + 1; later < used.size(); later++) {
        assertThat(used.get(earlier)).doesNotContainAnyElementsOf(used.get(later));
        assertThat(ended.get(earlier)).doesNotContainAnyElementsOf(used.get(later));
      }
    }
  }

  @Test
  void whatTheLastAttemptsOfAPoolLeftOpenIsEndedAndTheirIdsAreBounded() {
    List<Set<String>> pools = freshPools(1);
    for (int i = 0; i < 100; i++) {
      start(pools);
      int last = used.size() - 1;
      for (int former = Math.max(0, last - Generation.ENDED); former < last; former++) {
        assertThat(ended.get(last)).containsAll(used.get(former));
      }
      assertThat(ended.get(last)).hasSizeLessThanOrEqualTo(POOL * (Generation.ENDED + 1));
    }
  }

  @Test
  void anotherProducerIdOfTheCounterIsAnotherGeneration() {
    Set<String> ids = pool("Results", 0, 1, 0);
    assertThat(new Generation(1, 0).mark(ids))
        .doesNotContainAnyElementsOf(new Generation(2, 0).mark(ids))
        .doesNotContainAnyElementsOf(new Generation(10, 0).mark(ids));
    assertThat(new Generation(1, 0).markFormer(ids)).isEmpty();
  }

  @Test
  void thePoolsOfMoreSubtasksAreThoseThatFlinkGivesThem() {
    Set<Set<String>> all = new HashSet<>();
    for (int subtask = 0; subtask < 3; subtask++) {
      Set<String> own = pool("Results", subtask, 3, 30);
      all.addAll(Generation.pools(own, 3, 0, 5));
      assertThat(Generation.pools(own, 3, 1, 5)).hasSize(4).doesNotContain(own);
    }
    for (int subtask = 0; subtask < 15; subtask++) {
      assertThat(all).contains(pool("Results", subtask, 15, 30));
    }
    assertThat(all).hasSize(15);
  }

  @Test
  void anIdIsFoundAgainWhateverTextOfTheUserIsInIt() {
    Random random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      Set<String> flinks = pool(text(random), random.nextInt(5), 5, random.nextInt(1_000));
      Generation generation = new Generation(random.nextInt(3_000), random.nextInt(40));
      Set<String> marked = generation.mark(flinks);
      assertThat(marked).hasSize(POOL).doesNotContainAnyElementsOf(flinks);
      assertThat(Generation.unmarked(marked)).isEqualTo(flinks);
      assertThat(Generation.unmarked(flinks)).isEqualTo(flinks);
      assertThat(flinks).doesNotContain(Generation.counter(flinks));
    }
  }

  @Test
  void poolsOfDifferentTextHaveDifferentIdsAndCounters() {
    Random random = new Random(8);
    Map<String, String> texts = new HashMap<>();
    for (int i = 0; i < 5_000; i++) {
      String text = text(random);
      String counter = Generation.counter(pool(text, 0, 1, 0));
      assertThat(texts.getOrDefault(counter, text)).isEqualTo(text);
      texts.put(counter, text);
    }
  }

  /** The name of a task: topics and group ids with what a mark is made of. */
  private static String text(Random random) {
    List<String> parts =
        Arrays.asList(
            "", "~", "-", ".", "0", "7", "~1", "~1.2", "-3", "ü", "\n", " ", "𝛼", "uses");
    StringBuilder text = new StringBuilder("Results to t as ");
    for (int left = random.nextInt(6); left > 0; left--) {
      text.append(parts.get(random.nextInt(parts.size())));
    }
    return text.toString();
  }

  private static List<Set<String>> freshPools(int subtasks) {
    List<Set<String>> pools = new ArrayList<>();
    for (int subtask = 0; subtask < subtasks; subtask++) {
      pools.add(pool("Results", subtask, subtasks, 0));
    }
    return pools;
  }

  private static Set<String> pool(String task, int subtask, int subtasks, long free) {
    return new TransactionalIdsGenerator(task + "-" + OPERATOR, subtask, subtasks, POOL, 5)
        .generateIdsToUse(free);
  }

  /** A start of the sink's subtasks with these pools, marked or not; the ids that they use. */
  private List<Set<String>> start(List<Set<String>> pools) {
    Set<String> uses = new HashSet<>();
    Set<String> ends = new HashSet<>();
    List<Set<String>> ids = new ArrayList<>();
    for (Set<String> former : pools) {
      Set<String> flinks = Generation.unmarked(former);
      long number = counters.merge(Generation.counter(flinks), 0L, (last, zero) -> last + 1);
      Generation own = new Generation(9, number);
      ends.addAll(own.markFormer(flinks));
      ends.addAll(former);
      ids.add(own.mark(flinks));
      uses.addAll(own.mark(flinks));
    }
    used.add(uses);
    ended.add(ends);
    return Collections.unmodifiableList(ids);
  }
}
