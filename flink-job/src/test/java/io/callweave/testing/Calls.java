package io.callweave.testing;

import static io.callweave.testing.Call.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** The worked examples of the requirement, and random calls. */
public final class Calls {
  /** Each call covers the next; the first is no parent of the last. */
  public static final List<Call> LINEAR =
      list(
          call("id1", "10.0.0.1", "10.0.0.2", 1000, 1500),
          call("id2", "10.0.0.2", "10.0.0.3", 1100, 1300),
          call("id3", "10.0.0.3", "10.0.0.4", 1120, 1220));

  /** One parent of two children, which have nothing to do with each other. */
  public static final List<Call> BRANCH =
      list(
          call("id1", "10.0.0.1", "10.0.0.2", 1000, 1500),
          call("id2", "10.0.0.2", "10.0.0.3", 1100, 1300),
          call("id3", "10.0.0.2", "10.0.0.4", 1200, 1400));

  /** One child of two parents. */
  public static final List<Call> MANY_PARENTS =
      list(
          call("id1", "10.0.0.1", "10.0.0.3", 1000, 1400),
          call("id2", "10.0.0.2", "10.0.0.3", 1050, 1400),
          call("id3", "10.0.0.3", "10.0.0.4", 1200, 1300));

  /** How far a random call can stand behind one that starts later, ms. */
  public static final long DISORDER_MS = 4_000;

  private Calls() {}

  /** Calls that start from this moment on, ms since the epoch; the first may start at 0. */
  public static List<Call> from(long startMs, List<Call> calls) {
    return calls.stream().map(call -> call.laterBy(startMs)).collect(Collectors.toList());
  }

  /**
   * Different calls that start from 0 to {@code count * stepMs} plus {@link #DISORDER_MS}, in rough
   * order of their start. Few share an id, some call themselves, the longest take 20 s.
   *
   * @param addresses fewer make more links
   * @param stepMs between two calls on average; fewer make more links
   */
  public static List<Call> random(long seed, int count, int addresses, int stepMs) {
    Random random = new Random(seed);
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String id = "call-" + (random.nextInt(20) == 0 ? random.nextInt(count) : i);
      long startMs = (long) i * stepMs + random.nextInt((int) DISORDER_MS);
      long endMs = startMs + latencyMs(random);
      calls.add(call(id, address(random, addresses), address(random, addresses), startMs, endMs));
    }
    return calls.stream().distinct().collect(Collectors.toList());
  }

  private static long latencyMs(Random random) {
    int kind = random.nextInt(20);
    return random.nextInt(kind == 0 ? 20_001 : kind < 5 ? 3_000 : 300);
  }

  private static String address(Random random, int addresses) {
    return "10.0.0." + (1 + random.nextInt(addresses));
  }

  private static List<Call> list(Call... calls) {
    return Collections.unmodifiableList(Arrays.asList(calls));
  }
}
