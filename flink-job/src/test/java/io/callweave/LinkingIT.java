package io.callweave;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.NaiveLinks;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The result of the job equals the naive reference, through Kafka. */
class LinkingIT {
  private static final int MAX_LINKS = 1000;
  private static final int PARTITIONS = 5;

  /** Below the 30 s that the job waits for stragglers. */
  private static final int DISORDER_MS = 29_000;

  private static final Path TRACES = Paths.get("..", "..", "shared", "data", "traces");
  private static final String[] SETS = {
    "hotel_load25",
    "hotel_load75",
    "media_load25",
    "media_load75",
    "nezha_2023-01-30",
    "node_load50"
  };

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  static Stream<Arguments> examples() {
    return Stream.of(
        Arguments.of("linear", Calls.LINEAR),
        Arguments.of("branch", Calls.BRANCH),
        Arguments.of("many-parents", Calls.MANY_PARENTS));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("examples")
  void theWorkedExamplesComeOutToTheLetter(String name, List<Call> calls) throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "example-" + name, PARTITIONS);
    topics.write(calls);
    assertThat(linked(topics, calls.size(), "example-" + name, "--parallelism=2"))
        .isEqualTo(NaiveLinks.of(calls, MAX_LINKS));
  }

  static Stream<Arguments> settings() {
    // Exactly once means some dozens of producers per subtask at the start: once is enough here.
    String quick = "--delivery=at-least-once";
    return Stream.of(
        settings("--parallelism=1"),
        settings("--parallelism=2", "--bucket-ms=2000", "--ip-groups=8", "--id-groups=2", quick),
        settings("--parallelism=5", "--bucket-ms=300", "--ip-groups=64", "--id-groups=1", quick));
  }

  private static Arguments settings(String... options) {
    return Arguments.of((Object) options);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void realTracesAreLinkedAsByTheReference(String[] settings) throws Exception {
    assumeTrue(Files.isDirectory(TRACES), () -> "skipped: there are no traces at " + TRACES);
    String suffix = settings[0].replace("--parallelism=", "-");
    Map<String, JobTopics> topics = new TreeMap<>();
    for (String set : SETS) {
      topics.put(set, new JobTopics(PARTS.topics(), set + suffix, PARTITIONS));
      topics.get(set).write(TraceSet.read(set));
      submit(set + suffix, settings);
    }
    for (String set : SETS) {
      topics.get(set).awaitLinked(TraceSet.read(set).size());
      assertThat(topics.get(set).linked()).as(set).isEqualTo(TraceSet.reference(set));
      assertThat(topics.get(set).rejectedRecords()).as(set).isEmpty();
    }
  }

  /** Runs the job until it has written all that waits after a silence. */
  private static List<String> linked(JobTopics topics, int calls, String name, String... settings)
      throws Exception {
    submit(name, settings);
    topics.awaitLinked(calls);
    return topics.linked();
  }

  private static void submit(String name, String... settings) throws Exception {
    List<String> options = new ArrayList<>(Arrays.asList(settings));
    options.add("--idle-flush-ms=2000");
    options.add("--partition-idle-ms=1000");
    options.add("--checkpoint-interval-ms=2000");
    PARTS.submit(PARTS.options(name, options.toArray(new String[0])), null);
  }

  /** A set of real calls, in a shuffled order. */
  private static final class TraceSet {
    private static final Map<String, List<Call>> CALLS = new HashMap<>();
    private static final Map<String, List<String>> REFERENCES = new HashMap<>();

    static List<String> reference(String set) {
      return REFERENCES.computeIfAbsent(set, name -> NaiveLinks.of(CALLS.get(name), MAX_LINKS));
    }

    static List<Call> read(String set) throws IOException {
      if (!CALLS.containsKey(set)) {
        CALLS.put(set, shuffled(calls(set), set.hashCode()));
      }
      return CALLS.get(set);
    }

    private static List<Call> calls(String set) throws IOException {
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(
                  new GZIPInputStream(
                      Files.newInputStream(TRACES.resolve(set + ".messages.jsonl.gz"))),
                  UTF_8))) {
        return lines.lines().map(Call::parse).collect(Collectors.toList());
      }
    }

    /** In order of arrival, where each call arrives some random time after its start. */
    private static List<Call> shuffled(List<Call> calls, long seed) {
      Random random = new Random(seed);
      Map<Call, Long> arrivals = new HashMap<>();
      calls.forEach(call -> arrivals.put(call, call.startMs() + random.nextInt(DISORDER_MS)));
      List<Call> shuffled = new ArrayList<>(calls);
      shuffled.sort(Comparator.comparing(arrivals::get));
      return shuffled;
    }
  }
}
