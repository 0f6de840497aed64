package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.assemble.AssembleStage;
import io.callweave.link.LinkStage;
import io.callweave.options.JobOptions;
import io.callweave.route.RouteHarness;
import io.callweave.stage.Block;
import io.callweave.stage.ResultRecord;
import io.callweave.testing.Call;
import io.callweave.testing.Calls;
import io.callweave.testing.CellHarness;
import io.callweave.testing.FakeBacklog;
import io.callweave.testing.NaiveLinks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Route, Link and Assemble one behind the other, held against the link rule. */
class ChainTest {
  private static final int STEP = 100;

  @Test
  void theWorkedExamplesAreLinkedAsRequired() throws Exception {
    for (List<Call> example : Arrays.asList(Calls.LINEAR, Calls.BRANCH, Calls.MANY_PARENTS)) {
      assertLinked(example, false);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void randomCallsAreLinkedAsTheRuleSays(long seed) throws Exception {
    assertLinked(Calls.random(seed, 2000, 12, 20), false);
  }

  @Test
  void aHotAddressIsLinkedAsTheRuleSays() throws Exception {
    assertLinked(Calls.random(14, 800, 2, 5), false);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22})
  void restartsInTheMiddleChangeNothing(long seed) throws Exception {
    assertLinked(Calls.random(seed, 2000, 12, 20), true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bucket-ms=137", "--ip-groups=1", "--id-groups=1", "--max-links=3"})
  void theSettingsDoNotChangeTheRule(String option) throws Exception {
    assertLinked(Calls.random(31, 800, 4, 20), true, option);
  }

  @Test
  void aRepeatOfAnOpenCallIsWrittenOnce() throws Exception {
    List<Call> calls = new ArrayList<>();
    for (Call call : Calls.random(41, 400, 6, 20)) {
      calls.add(call);
      calls.add(call);
    }
    assertLinked(calls, true);
  }

  private static void assertLinked(List<Call> calls, boolean restarts, String... options)
      throws Exception {
    List<String> arguments = new ArrayList<>(Arrays.asList(options));
    arguments.add("--max-out-of-order-ms=" + Calls.DISORDER_MS);
    JobOptions parsed = JobOptions.parse(arguments.toArray(new String[0]), Collections.emptyMap());
    List<Call> now = Calls.from(RouteHarness.NOW_MS - 100_000, calls);
    try (Chain chain = new Chain(parsed, arguments)) {
      for (int i = 0; i < now.size(); i += STEP) {
        chain.read(now.subList(i, Math.min(i + STEP, now.size())));
        if (restarts && i / STEP % 5 == 2) {
          chain.restart();
        }
      }
      List<String> expected = NaiveLinks.of(now, parsed.maxLinks());
      assertThat(chain.written())
          .isEqualTo(endedBy(chain.watermarkMs, parsed.layouts().ids().bucketMs(), expected));
      assertThat(chain.finish()).isEqualTo(expected);
    }
  }

  /**
   * The calls whose last child can no longer come: a child's end may be written 1 ms before its
   * start, so it may start 1 ms after its parent's end, and the bucket of that millisecond counts.
   */
  private static List<String> endedBy(long watermarkMs, long bucketMs, List<String> linked) {
    Pattern end = Pattern.compile("\"end_at_ms\":(\\d+)");
    return linked.stream()
        .filter(
            call -> {
              Matcher found = end.matcher(call);
              assertThat(found.find()).isTrue();
              return (Long.parseLong(found.group(1)) + 1) / bucketMs < (watermarkMs + 1) / bucketMs;
            })
        .collect(Collectors.toList());
  }

  /** One subtask of each operator. */
  private static final class Chain implements AutoCloseable {
    private final JobOptions options;
    private final String[] arguments;
    private final List<ResultRecord> linked = new ArrayList<>();
    private RouteHarness route;
    private CellHarness<Block> link;
    private CellHarness<ResultRecord> assemble;
    private long watermarkMs;
    private int handedOn;

    Chain(JobOptions options, List<String> arguments) throws Exception {
      this.options = options;
      this.arguments = arguments.toArray(new String[0]);
      start(null, null, null);
    }

    private void start(
        OperatorSubtaskState routes, OperatorSubtaskState links, OperatorSubtaskState assembles)
        throws Exception {
      route = RouteHarness.of(FakeBacklog.of(0), arguments).restore(routes);
      link = CellHarness.of(new LinkStage(options), 10_000).restore(links);
      assemble = CellHarness.of(new AssembleStage(options), 10_000).restore(assembles);
      handedOn = 0;
    }

    void read(List<Call> calls) throws Exception {
      route.hearOfBacklog();
      route.read(0, calls);
      route.tick();
      handOn();
    }

    private void handOn() throws Exception {
      List<Object> output = route.output();
      for (Object each : output.subList(handedOn, output.size())) {
        if (each instanceof Block) {
          link.push(Collections.singletonList((Block) each));
        } else {
          watermark(((Watermark) each).getTimestamp());
        }
      }
      handedOn = output.size();
      assertThat(route.rejects()).isEmpty();
    }

    private void watermark(long toMs) throws Exception {
      watermarkMs = toMs;
      link.watermark(toMs);
      assemble.push(link.take());
      assemble.watermark(toMs);
      linked.addAll(assemble.take());
    }

    /** A checkpoint, some more that is in none, a crash, and the next run. */
    void restart() throws Exception {
      OperatorSubtaskState routes = route.snapshot();
      handOn();
      OperatorSubtaskState links = link.snapshot();
      OperatorSubtaskState assembles = assemble.snapshot();
      List<ResultRecord> committed = new ArrayList<>(linked);
      long committedMs = watermarkMs;
      read(Calls.from(RouteHarness.NOW_MS, Calls.LINEAR));
      close();
      linked.clear();
      linked.addAll(committed);
      watermarkMs = committedMs;
      start(routes, links, assembles);
    }

    /** The records of the result topic so far, sorted. */
    List<String> written() {
      return CellHarness.json(linked);
    }

    /** All records of the result topic, sorted. */
    List<String> finish() throws Exception {
      route.sourceWatermark(Long.MAX_VALUE);
      handOn();
      for (CellHarness<?> cells : new CellHarness<?>[] {link, assemble}) {
        assertThat(cells.storedCells()).isZero();
        assertThat(cells.timers()).isZero();
      }
      return written();
    }

    @Override
    public void close() {
      route.close();
      link.close();
      assemble.close();
    }
  }
}
