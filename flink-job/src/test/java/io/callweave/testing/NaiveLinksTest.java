package io.callweave.testing;

import static io.callweave.testing.Call.call;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The reference itself, by the worked examples of the requirement. */
class NaiveLinksTest {
  private static final int MAX_LINKS = 1000;

  @Test
  void inAChainEachCallIsLinkedToItsNeighboursAlone() {
    assertThat(lists(NaiveLinks.of(Calls.LINEAR, MAX_LINKS)))
        .containsExactly(
            "[],\"children\":[\"id2\"]",
            "[\"id1\"],\"children\":[\"id3\"]",
            "[\"id2\"],\"children\":[]");
  }

  @Test
  void aBranchHasTwoChildrenThatAreUnrelated() {
    assertThat(lists(NaiveLinks.of(Calls.BRANCH, MAX_LINKS)))
        .containsExactly(
            "[],\"children\":[\"id2\",\"id3\"]",
            "[\"id1\"],\"children\":[]",
            "[\"id1\"],\"children\":[]");
  }

  @Test
  void aCallCanHaveManyParents() {
    assertThat(lists(NaiveLinks.of(Calls.MANY_PARENTS, MAX_LINKS)))
        .containsExactly(
            "[],\"children\":[\"id3\"]",
            "[],\"children\":[\"id3\"]",
            "[\"id1\",\"id2\"],\"children\":[]");
  }

  @Test
  void aRecordHasTheFieldsOfTheCallAndItsLinks() {
    assertThat(NaiveLinks.of(Calls.LINEAR, MAX_LINKS))
        .contains(
            "{\"id\":\"id2\",\"src_ip\":\"10.0.0.2\",\"dst_ip\":\"10.0.0.3\","
                + "\"start_at_ms\":1100,\"latency_msec\":200,\"end_at_ms\":1300,"
                + "\"parents\":[\"id1\"],\"children\":[\"id3\"]}");
  }

  @Test
  void equalBoundsCountAndACallIsNotItsOwnParent() {
    List<Call> calls = new ArrayList<>();
    calls.add(call("a", "10.0.0.1", "10.0.0.1", 1000, 1500));
    calls.add(call("b", "10.0.0.1", "10.0.0.2", 1000, 1500));
    assertThat(lists(NaiveLinks.of(calls, MAX_LINKS)))
        .containsExactly("[],\"children\":[\"b\"]", "[\"a\"],\"children\":[]");
  }

  @Test
  void aListThatIsTooLongKeepsTheNearestInStartAndCountsTheOthers() {
    List<Call> calls = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      calls.add(call("parent" + i, "10.0.0.1", "10.0.0.2", 1000 + i, 2000));
      calls.add(call("child" + i, "10.0.0.2", "10.0.0.3", 1100 + i, 1200));
    }
    assertThat(lists(NaiveLinks.of(calls, 3)))
        .contains("[],\"children\":[\"child1\",\"child2\",\"child3\"],\"children_omitted\":1")
        .contains("[\"parent2\",\"parent3\",\"parent4\"],\"children\":[],\"parents_omitted\":1");
  }

  @Test
  void aRepeatOfACallCountsOnce() {
    List<Call> twice = new ArrayList<>(Calls.LINEAR);
    twice.addAll(Calls.LINEAR);
    assertThat(NaiveLinks.of(twice, MAX_LINKS)).isEqualTo(NaiveLinks.of(Calls.LINEAR, MAX_LINKS));
  }

  private static List<String> lists(List<String> linked) {
    return linked.stream()
        .map(record -> record.substring(record.indexOf("\"parents\":") + 10, record.length() - 1))
        .collect(toList());
  }
}
