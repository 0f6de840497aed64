package io.callweave.kafka;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * One use of a pool of transactional ids by one attempt of the job.
 *
 * <p>The broker counts the uses of each pool: an attempt begins as a producer with the id {@link
 * #counter} and is given the number that follows the last one. So no two attempts ever have a
 * generation in common, whatever Flink says of their number, and an attempt knows those before it.
 * The ids of a generation are Flink's, with its mark behind each.
 *
 * <p>The numbers begin anew, under another producer id, after 32,767 uses or after the broker has
 * forgotten the pool ({@code transactional.id.expiration.ms}, 7 days without use).
 */
final class Generation {
  /**
   * How many generations before its own an attempt ends. An attempt ends them before it begins a
   * transaction, so one before the last is open only if an attempt in between failed at its start.
   */
  static final int ENDED = 3;

  /**
   * Flink's ids end in a minus sign and a number, so nothing in the name of a task, which holds
   * text of the user, is taken for a mark.
   */
  private static final Pattern MARK = Pattern.compile("~[0-9.]+\\z");

  private final long producerId;
  private final long number;

  /** As the broker has counted: the producer of the counter and its epoch, which begins at 0. */
  Generation(long producerId, long number) {
    this.producerId = producerId;
    this.number = number;
  }

  /** These ids of Flink in this generation. */
  Set<String> mark(Set<String> ids) {
    return ids.stream().map(id -> id + '~' + producerId + '.' + number).collect(Collectors.toSet());
  }

  /** These ids in the generations before this one, as far as they can still be open. */
  Set<String> markFormer(Set<String> ids) {
    return LongStream.range(Math.max(0, number - ENDED), number)
        .mapToObj(former -> new Generation(producerId, former).mark(ids))
        .flatMap(Collection::stream)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Flink's ids, of ids in any generation. */
  static Set<String> unmarked(Set<String> ids) {
    return ids.stream().map(id -> MARK.matcher(id).replaceFirst("")).collect(Collectors.toSet());
  }

  /** The id by which the broker counts the uses of this pool of Flink's ids. */
  static String counter(Set<String> ids) {
    return Collections.min(ids) + "~uses";
  }

  /**
   * The pools that subtasks of a start with more of them would have: each so many ids further.
   *
   * @param ids the pool of a subtask
   * @param subtasks how many subtasks there are
   * @param first 0 to begin with this pool itself, 1 without
   * @param times as many times the subtasks are looked for
   */
  static Set<Set<String>> pools(Set<String> ids, int subtasks, int first, int times) {
    return LongStream.range(first, times)
        .mapToObj(i -> shift(ids, i * subtasks * ids.size()))
        .collect(Collectors.toSet());
  }

  private static Set<String> shift(Set<String> ids, long by) {
    Function<String, String> shifted =
        id -> {
          int number = id.lastIndexOf('-') + 1;
          return id.substring(0, number) + (Long.parseLong(id.substring(number)) + by);
        };
    return ids.stream().map(shifted).collect(Collectors.toSet());
  }
}
