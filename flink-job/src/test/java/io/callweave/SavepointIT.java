package io.callweave;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.GoldenSavepoint;
import io.callweave.testing.NaiveLinks;
import java.net.URI;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A savepoint that an earlier build wrote is finished by this one.
 *
 * <p>{@code CALLWEAVE_BLESS=1} in the environment writes the savepoint and its input anew before
 * the tests, as it does with the golden blocks of the kernels. Right only as long as no release has
 * written such a state: from then on a new format gets a file of its own, and the old one stays.
 */
class SavepointIT {
  private static final long START_MS = 1_700_000_000_000L;
  private static final long BUCKET_MS = 1_000;
  private static final long DISORDER_MS = 30_000;
  private static final String NEVER_FLUSH = "--idle-flush-ms=86400000";

  private static final String FLUSH_SOON = "--idle-flush-ms=2000";
  private static final String IDLE_SOON = "--partition-idle-ms=1000";

  /** The outputs by the ends of their topics' names. */
  private static final String LINKED = "linked";

  private static final String CHAINS = "chains";
  private static final String EDGES = "edges";
  private static final Pattern CALLS = Pattern.compile("\"calls\":(\\d+)");
  private static final Pattern COUNT = Pattern.compile("\"kind\":\"service\".*\"count\":(\\d+)");

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @TempDir Path folder;

  @BeforeAll
  static void bless() throws Exception {
    if (System.getenv("CALLWEAVE_BLESS") == null) {
      return;
    }
    List<Call> calls = Calls.from(START_MS, Calls.random(17, 450, 6, 300));
    List<Call> before = calls.subList(0, 300);
    JobTopics topics = goldenTopics(before);
    // Exactly once would put the names of transactions into the state that no other broker knows.
    JobID job = submit(GoldenSavepoint.TOPIC, null, NEVER_FLUSH);
    long watermarkMs = watermarkMs(before);
    topics.awaitLinked(ending(before, endMs -> closed(endMs, watermarkMs)).size());
    Path savepoint = Paths.get(URI.create(PARTS.stop(job)));
    Map<String, List<String>> written = new TreeMap<>();
    written.put(LINKED, topics.linked());
    written.put(CHAINS, topics.chains());
    written.put(EDGES, topics.edges());
    GoldenSavepoint.write(savepoint, before, calls.subList(300, calls.size()), written);
    for (String output : written.keySet()) {
      PARTS.topics().deleteTopic(GoldenSavepoint.TOPIC + "-" + output);
    }
    topics.delete();
  }

  /** The topic that the savepoint was made of, up to the savepoint. */
  private static JobTopics goldenTopics(List<Call> before) {
    JobTopics topics = new JobTopics(PARTS.topics(), GoldenSavepoint.TOPIC, 3);
    topics.write(before);
    return topics;
  }

  /** Starts a job of two subtasks; without transactions, which take their time to set up. */
  private static JobID submit(String topic, String savepoint, String... options) throws Exception {
    List<String> all = new ArrayList<>(Arrays.asList(options));
    all.addAll(Arrays.asList("--parallelism=2", "--delivery=at-least-once"));
    return PARTS.submit(options(topic, all.toArray(new String[0])), savepoint);
  }

  /** Of a job that has every stage. */
  private static JobOptions options(String topic, String... options) {
    List<String> all = new ArrayList<>(Arrays.asList(options));
    all.addAll(Arrays.asList("--outputs=links,chains,edges", "--window-ms=10000"));
    return PARTS.options(topic, all.toArray(new String[0]));
  }

  /** That of the job after these calls, which were written round robin. */
  private static long watermarkMs(List<Call> calls) {
    long least =
        IntStream.range(0, GoldenSavepoint.PARTITIONS)
            .mapToLong(partition -> highestStartMs(calls, partition))
            .min()
            .getAsLong();
    return least - DISORDER_MS;
  }

  private static long highestStartMs(List<Call> calls, int partition) {
    return IntStream.range(0, calls.size())
        .filter(i -> i % GoldenSavepoint.PARTITIONS == partition)
        .mapToLong(i -> calls.get(i).startMs())
        .max()
        .getAsLong();
  }

  private static boolean closed(long ms, long watermarkMs) {
    return Math.floorDiv(ms, BUCKET_MS) < Math.floorDiv(watermarkMs + 1, BUCKET_MS);
  }

  private static List<Call> ending(List<Call> calls, LongPredicate end) {
    return calls.stream().filter(call -> end.test(call.endMs())).collect(toList());
  }

  @Test
  void theGoldenSavepointHasClosedCallsHalvesThatWaitAndOpenCalls() throws Exception {
    List<Call> before = GoldenSavepoint.before();
    long watermarkMs = watermarkMs(before);
    assertThat(ending(before, endMs -> closed(endMs, watermarkMs)))
        .hasSameSizeAs(GoldenSavepoint.writtenBefore(LINKED))
        .hasSizeGreaterThan(100);
    List<Call> open = ending(before, endMs -> !closed(endMs, watermarkMs));
    assertThat(open).filteredOn(call -> closed(call.startMs(), watermarkMs)).isNotEmpty();
    assertThat(open).filteredOn(call -> !closed(call.startMs(), watermarkMs)).isNotEmpty();
    assertThat(sum(CALLS, GoldenSavepoint.writtenBefore(CHAINS))).isBetween(50, before.size() - 50);
    assertThat(sum(COUNT, GoldenSavepoint.writtenBefore(EDGES))).isBetween(50, before.size() - 50);
  }

  @Test
  void theGoldenSavepointIsFinishedAsIfThereHadBeenNoBreak() throws Exception {
    JobTopics topics = goldenTopics(GoldenSavepoint.before());
    topics.write(GoldenSavepoint.after());
    String savepoint = GoldenSavepoint.unpack(folder);
    JobID job = submit(GoldenSavepoint.TOPIC, savepoint, FLUSH_SOON, IDLE_SOON);
    finish(job, topics);
  }

  /** Waits for the rest, which makes the whole result with what was written before. */
  private static void finish(JobID job, JobTopics topics) throws Exception {
    List<Call> calls = new ArrayList<>(GoldenSavepoint.before());
    calls.addAll(GoldenSavepoint.after());
    topics.awaitLinked(calls.size() - GoldenSavepoint.writtenBefore(LINKED).size());
    int inChains = calls.size() - sum(CALLS, GoldenSavepoint.writtenBefore(CHAINS));
    int inWindows = calls.size() - sum(COUNT, GoldenSavepoint.writtenBefore(EDGES));
    Eventually.holds("all calls are in chains", () -> sum(CALLS, topics.chains()) >= inChains);
    Eventually.holds("all calls are in windows", () -> sum(COUNT, topics.edges()) >= inWindows);
    PARTS.cancel(job);
    List<String> linked = new ArrayList<>(GoldenSavepoint.writtenBefore(LINKED));
    linked.addAll(topics.linked());
    Collections.sort(linked);
    assertThat(linked).isEqualTo(NaiveLinks.of(calls, 1000));
    assertThat(sum(CALLS, topics.chains())).isEqualTo(inChains);
    assertThat(sum(COUNT, topics.edges())).isEqualTo(inWindows);
    assertThat(topics.rejectedRecords()).isEmpty();
  }

  /** The number that the pattern finds in each record which has it, added up. */
  private static int sum(Pattern pattern, List<String> records) {
    return records.stream()
        .map(pattern::matcher)
        .filter(Matcher::find)
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .sum();
  }

  @Test
  void topicsGroupDeliveryAndParallelismMayChangeAcrossARestore() throws Exception {
    // Fewer partitions than the other topic had: those that are missing hold nothing back.
    JobTopics topics = new JobTopics(PARTS.topics(), "golden-other", 2);
    topics.write(GoldenSavepoint.after());
    String savepoint = GoldenSavepoint.unpack(folder);
    JobID job =
        PARTS.submit(options("golden-other", "--parallelism=1", FLUSH_SOON, IDLE_SOON), savepoint);
    finish(job, topics);
  }

  @Test
  void afterARestoreWithFewerMaxLinksNoListIsLonger() throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "golden-links", 3);
    topics.write(GoldenSavepoint.after());
    String savepoint = GoldenSavepoint.unpack(folder);
    JobID job = submit("golden-links", savepoint, "--max-links=1", FLUSH_SOON, IDLE_SOON);
    int calls = GoldenSavepoint.before().size() + GoldenSavepoint.after().size();
    topics.awaitLinked(calls - GoldenSavepoint.writtenBefore(LINKED).size());
    PARTS.cancel(job);
    assertThat(topics.linked()).noneMatch(json -> json.contains("\",\"call-"));
    assertThat(topics.linked()).anyMatch(json -> json.contains("_omitted"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"bucket-ms, 1000, 2000", "ip-groups, 16, 8", "id-groups, 4, 5"})
  void anotherLayoutThanThatOfTheSavepointEndsTheJobWithOneSentence(
      String option, int then, int now) throws Exception {
    JobTopics topics = new JobTopics(PARTS.topics(), "refused-" + option, 1);
    String savepoint = GoldenSavepoint.unpack(folder);
    JobID job = submit("refused-" + option, savepoint, "--" + option + "=" + now);
    assertThat(PARTS.failure(job))
        .isEqualTo(
            "the state to restore was written with %s %d, the job was started with %d; start it"
                + " with --%s %d, or without the state",
            option, then, now, option, then);
    assertThat(topics.linkedRecords()).isEmpty();
  }
}
