package io.callweave.options;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.emptyMap;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * The list of options that others are held to: the command {@code callweave} has some of them, and
 * must take and refuse the same values. A new option or bound goes into the table, too.
 */
class OptionTableTest {
  private static final Path TABLE = Paths.get("src/test/resources/job-options.tsv");

  @Test
  void theTableHasEveryOptionWithItsVariablesDefaultAndBounds() throws IOException {
    Stream<String> rows =
        Stream.concat(
            Stream.of("option\tenvironment\tdefault\tleast\tmost"),
            JobOptionTable.ALL.stream().map(OptionTableTest::row));
    String buckets = "max-latency-ms / bucket-ms\t\t\t\t" + OptionRelations.MAX_BUCKETS_PER_CALL;
    String table = Stream.concat(rows, Stream.of(buckets, "")).collect(joining("\n"));
    assertThat(new String(Files.readAllBytes(TABLE), UTF_8)).as("%s", TABLE).isEqualTo(table);
  }

  @ParameterizedTest
  @CsvFileSource(
      resources = "/option-values.tsv",
      delimiter = '\t',
      numLinesToSkip = 1,
      ignoreLeadingAndTrailingWhitespace = false,
      maxCharsPerColumn = 1000)
  void brokersAndTopicsAreTakenAndRefusedAsInTheTable(String option, String value, String taken) {
    String[] args = {"--" + option + "=" + value};
    if (taken.equals("yes")) {
      assertThat(JobOptions.parse(args, emptyMap()).shown()).containsKey(option);
    } else {
      assertThatExceptionOfType(OptionsException.class)
          .isThrownBy(() -> JobOptions.parse(args, emptyMap()))
          .withMessageStartingWith("--" + option + " is ")
          .withMessageContaining(" wanted");
    }
  }

  private static String row(Option<?> option) {
    return Stream.of(
            option.name,
            String.join(",", option.environment),
            option.defaultText,
            option.least,
            option.most)
        .map(value -> Objects.toString(value, ""))
        .collect(joining("\t"));
  }
}
