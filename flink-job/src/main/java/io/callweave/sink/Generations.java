package io.callweave.sink;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The ids of a sink's transactions: Flink's, each in some generations.
 *
 * <p>An id of generation 0 is Flink's own, that of another has its number behind it.
 */
final class Generations {
  /** As many attempts, one after the other, have no ids in common. */
  static final int COUNT = 4;

  /** Stands for no former attempt. */
  static final int NONE = -1;

  private static final String MARK = "~";

  private Generations() {}

  /**
   * The generation for an attempt of the job.
   *
   * @param attempt its number, which begins anew with the JobManager
   * @param former the generation of the attempt whose checkpoint it goes on from, or {@link #NONE}
   */
  static int forAttempt(int attempt, int former) {
    int generation = attempt % COUNT;
    return generation == former ? (generation + 1) % COUNT : generation;
  }

  /** The generation of these ids, which are all of one. */
  static int of(Set<String> ids) {
    String id = ids.iterator().next();
    int mark = id.lastIndexOf(MARK);
    return mark < 0 ? 0 : Integer.parseInt(id.substring(mark + 1));
  }

  /** These ids in a generation. */
  static Set<String> in(int generation, Set<String> ids) {
    return ids.stream().map(id -> in(generation, id)).collect(Collectors.toSet());
  }

  /** These ids in all generations but one. */
  static Set<String> allBut(int generation, Set<String> ids) {
    Stream<Integer> others = IntStream.range(0, COUNT).filter(i -> i != generation).boxed();
    return others.flatMap(other -> in(other, ids).stream()).collect(Collectors.toSet());
  }

  private static String in(int generation, String id) {
    int mark = id.lastIndexOf(MARK);
    String flinks = mark < 0 ? id : id.substring(0, mark);
    return generation == 0 ? flinks : flinks + MARK + generation;
  }
}
