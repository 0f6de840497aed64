package io.callweave.nativelib;

import java.util.Map;
import java.util.TreeMap;

/** How often each native method returned, and how often it refused. */
final class BorderTally {
  /** A call that may end as the border's contract says. */
  interface Call {
    void make() throws Exception;
  }

  private final Map<String, long[]> outcomes = new TreeMap<>();

  /**
   * Makes a call and counts its outcome.
   *
   * @throws AssertionError if it ends in another way than the contract allows
   */
  void run(String method, Call call) {
    long[] outcome = outcomes.computeIfAbsent(method, name -> new long[2]);
    try {
      call.make();
      outcome[0]++;
    } catch (KernelException | IllegalArgumentException | IllegalStateException refusal) {
      if (refusal.getMessage() == null || refusal.getMessage().isEmpty()) {
        throw new AssertionError(method + " refuses without a word", refusal);
      }
      outcome[1]++;
    } catch (Exception e) {
      throw new AssertionError(method + " ends in a way that is not in its contract", e);
    }
  }

  void add(BorderTally other) {
    other.outcomes.forEach(
        (method, outcome) -> {
          long[] sum = outcomes.computeIfAbsent(method, name -> new long[2]);
          sum[0] += outcome[0];
          sum[1] += outcome[1];
        });
  }

  /** One line a method: its name, how often it returned, how often it refused. */
  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder();
    outcomes.forEach(
        (method, outcome) ->
            lines.append(String.format("%s %d %d%n", method, outcome[0], outcome[1])));
    return lines.toString();
  }
}
