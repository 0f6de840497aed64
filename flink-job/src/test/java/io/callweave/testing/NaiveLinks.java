package io.callweave.testing;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The link rule word for word: what the job is held against. Quadratic in the calls of an address.
 */
public final class NaiveLinks {
  private static final Comparator<Call> BY_ID = Comparator.comparing(call -> call.id);
  private static final Comparator<Call> BY_START = Comparator.comparingLong(call -> call.startMs);

  private NaiveLinks() {}

  /** The records of the result topic for these calls, sorted; repeats of a call count once. */
  public static List<String> of(Collection<Call> calls, int maxLinks) {
    Set<Call> all = new HashSet<>(calls);
    // Only to save time: the rule itself looks at the addresses.
    Map<String, List<Call>> to = all.stream().collect(Collectors.groupingBy(call -> call.dst));
    Map<String, List<Call>> from = all.stream().collect(Collectors.groupingBy(call -> call.src));
    return all.stream()
        .map(call -> linked(call, at(call.src, to), at(call.dst, from), maxLinks))
        .sorted()
        .collect(Collectors.toList());
  }

  private static List<Call> at(String address, Map<String, List<Call>> calls) {
    return calls.getOrDefault(address, Collections.emptyList());
  }

  private static boolean isParent(Call parent, Call child) {
    return parent.dst.equals(child.src)
        && parent.startMs <= child.startMs
        && parent.endMs >= child.endMs
        && !parent.equals(child);
  }

  private static String linked(Call call, List<Call> to, List<Call> from, int maxLinks) {
    Links parents = new Links(to, other -> isParent(other, call), BY_START.reversed(), maxLinks);
    Links children = new Links(from, other -> isParent(call, other), BY_START, maxLinks);
    String fields = call.toString();
    return fields.substring(0, fields.length() - 1)
        + parents.list("parents")
        + children.list("children")
        + parents.omitted("parents_omitted")
        + children.omitted("children_omitted")
        + "}";
  }

  /** One list of a call. */
  private static final class Links {
    private final List<Call> nearest;
    private final int omitted;

    Links(List<Call> calls, Predicate<Call> isLinked, Comparator<Call> nearestFirst, int maxLinks) {
      List<Call> linked = calls.stream().filter(isLinked).collect(Collectors.toList());
      nearest =
          linked.stream()
              .sorted(nearestFirst.thenComparing(BY_ID))
              .limit(maxLinks)
              .sorted(BY_START.thenComparing(BY_ID))
              .collect(Collectors.toList());
      omitted = linked.size() - nearest.size();
    }

    String list(String name) {
      String ids =
          nearest.stream().map(call -> '"' + call.id + '"').collect(Collectors.joining(","));
      return String.format(",\"%s\":[%s]", name, ids);
    }

    String omitted(String name) {
      return omitted == 0 ? "" : String.format(",\"%s\":%d", name, omitted);
    }
  }
}
