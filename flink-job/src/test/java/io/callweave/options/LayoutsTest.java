package io.callweave.options;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.cell.CellLayout;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the options cut time and the state. */
class LayoutsTest {
  @Test
  void windowsConsistOfWholeBuckets() {
    JobOptions options = parse("--bucket-ms", "2000");
    assertThat(options.layouts().decisions().bucketMs()).isEqualTo(6000);
    assertThat(options.layouts().decisions().delayMs()).isEqualTo(2000);
    assertThat(options.layouts().roots().bucketMs()).isEqualTo(6000);
  }

  /** Else the sentence that refuses a state would name an option that nobody set. */
  @ParameterizedTest
  @CsvSource({
    "bucket-ms, 2000",
    "ip-groups, 8",
    "id-groups, 5",
    "decide-every-ms, 7000",
    "look-ahead-ms, 3000",
    "window-ms, 30000",
    "window-slide-ms, 20000",
    "max-latency-ms, 9000"
  })
  void theFirstDifferenceOfTwoLayoutsIsTheOptionThatWasChanged(String option, String value) {
    List<String> differences =
        differences(layouts(parse()), layouts(parse("--" + option, value))).collect(toList());
    assertThat(differences).isNotEmpty().containsOnly(option);
  }

  /** The first difference of each pair of layouts that has one. */
  private static Stream<String> differences(List<CellLayout> then, List<CellLayout> now) {
    return Stream.iterate(0, i -> i + 1)
        .limit(then.size())
        .map(i -> firstDifference(then.get(i).options(), now.get(i).options()))
        .filter(difference -> !difference.isEmpty());
  }

  private static String firstDifference(Map<String, Long> then, Map<String, Long> now) {
    assertThat(now.keySet()).containsExactlyElementsOf(then.keySet());
    return then.keySet().stream()
        .filter(option -> !then.get(option).equals(now.get(option)))
        .findFirst()
        .orElse("");
  }

  private static List<CellLayout> layouts(JobOptions options) {
    return Stream.of(
            options.layouts().addresses(),
            options.layouts().decisions(),
            options.layouts().roots(),
            options.layouts().ids(),
            options.layouts().edges(),
            options.layouts().entries())
        .collect(toList());
  }

  private static JobOptions parse(String... args) {
    return JobOptions.parse(args, Collections.emptyMap());
  }
}
