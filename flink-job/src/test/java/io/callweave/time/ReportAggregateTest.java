package io.callweave.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

/** What the JobManager makes of the reports of the subtasks. */
class ReportAggregateTest {
  private static final long NOW_MS = 1_000_000;
  private static final long FRESH_MS = 5_000;
  private static final int ATTEMPT = 3;

  private final Map<Integer, long[]> reports = new LinkedHashMap<>();

  @Test
  void theLeastWatermarkIsThatOfTheSubtasksThatHold() {
    report(0, ATTEMPT, holds(500), NOW_MS);
    report(1, ATTEMPT, holds(400), NOW_MS);
    report(2, ATTEMPT, silent(300), NOW_MS);
    assertThat(summary(3).slowestWatermarkMs).isEqualTo(400);
  }

  @Test
  void whereNoSubtaskHoldsTheGreatestWatermarkThatWasPromisedCounts() {
    report(0, ATTEMPT, silent(300), NOW_MS);
    report(1, ATTEMPT, silent(200), NOW_MS);
    report(2, ATTEMPT, silent(RouteClock.BEFORE_ALL_MS), NOW_MS);
    assertThat(summary(3).slowestWatermarkMs).isEqualTo(300);
  }

  @Test
  void whereNoSubtaskHoldsAndNoneHasPromisedThereIsNoWatermark() {
    report(0, ATTEMPT, silent(RouteClock.BEFORE_ALL_MS), NOW_MS);
    assertThat(summary(1).slowestWatermarkMs).isEqualTo(RouteClock.BEFORE_ALL_MS);
  }

  @Test
  void aSubtaskThatHoldsAndHasPromisedNothingKeepsTheOthersBack() {
    report(0, ATTEMPT, silent(300), NOW_MS);
    report(1, ATTEMPT, holds(RouteClock.BEFORE_ALL_MS), NOW_MS);
    assertThat(summary(2).slowestWatermarkMs).isEqualTo(RouteClock.BEFORE_ALL_MS);
  }

  @Test
  void theSilenceIsTheShortestAndNoneIfOneSubtaskIsNotSilent() {
    report(0, ATTEMPT, new Peers.Report(0, false, 12_000, 0), NOW_MS);
    report(1, ATTEMPT, new Peers.Report(0, false, 9_000, 0), NOW_MS);
    assertThat(summary(2).silentForMs).isEqualTo(9_000);
    report(2, ATTEMPT, new Peers.Report(0, true, -1, 0), NOW_MS);
    assertThat(summary(3).silentForMs).isNegative();
  }

  @Test
  void theHighestStartIsTheHighestOfAll() {
    report(0, ATTEMPT, new Peers.Report(0, true, -1, RouteClock.BEFORE_ALL_MS), NOW_MS);
    assertThat(summary(1).highestStartMs).isEqualTo(RouteClock.BEFORE_ALL_MS);
    report(1, ATTEMPT, new Peers.Report(0, true, -1, 77), NOW_MS);
    report(2, ATTEMPT, new Peers.Report(0, true, -1, 66), NOW_MS);
    assertThat(summary(3).highestStartMs).isEqualTo(77);
  }

  @Test
  void fewerReportsThanSubtasksAreNoSummary() {
    report(0, ATTEMPT, holds(500), NOW_MS);
    report(1, ATTEMPT, holds(400), NOW_MS);
    assertThat(summary(2)).isNotNull();
    assertThat(summary(3)).isNull();
  }

  @Test
  void aReportThatIsOldIsLeftOut() {
    report(0, ATTEMPT, holds(500), NOW_MS);
    report(1, ATTEMPT, holds(400), NOW_MS - FRESH_MS);
    assertThat(summary(2).slowestWatermarkMs).isEqualTo(400);
    report(1, ATTEMPT, holds(400), NOW_MS - FRESH_MS - 1);
    assertThat(summary(2)).isNull();
    assertThat(summary(1).slowestWatermarkMs).isEqualTo(500);
  }

  @Test
  void aReportOfAnEarlierAttemptIsLeftOut() {
    report(0, ATTEMPT - 1, holds(100), NOW_MS);
    report(1, ATTEMPT, holds(500), NOW_MS);
    assertThat(summary(2)).isNull();
    report(0, ATTEMPT, holds(600), NOW_MS);
    assertThat(summary(2).slowestWatermarkMs).isEqualTo(500);
  }

  @Test
  void aNewReportOfASubtaskReplacesItsLast() {
    ReportAggregate aggregate = new ReportAggregate();
    Map<Integer, long[]> all = aggregate.createAccumulator();
    aggregate.add(ReportAggregate.encode(0, ATTEMPT, holds(100)), all);
    aggregate.add(ReportAggregate.encode(0, ATTEMPT, holds(200)), all);
    Peers.Summary summary = ReportAggregate.decode(aggregate.getResult(all), 1);
    assertThat(summary.slowestWatermarkMs).isEqualTo(200);
    assertThat(ReportAggregate.decode(aggregate.getResult(all), 2)).isNull();
  }

  @Test
  void theTimeOfAReportIsThatOfTheJobManager() {
    long before = Ticks.SYSTEM.nowMs();
    ReportAggregate aggregate = new ReportAggregate();
    long[] sent = ReportAggregate.encode(0, ATTEMPT, holds(100));
    Map<Integer, long[]> all = aggregate.add(sent, aggregate.createAccumulator());
    long[] received = all.get(0);
    assertThat(received[received.length - 1]).isBetween(before, Ticks.SYSTEM.nowMs());
  }

  @Test
  void theJobManagerIsGivenJdkTypesOnly() throws Exception {
    ReportAggregate aggregate = new ReportAggregate();
    long[] sent = ReportAggregate.encode(0, ATTEMPT, holds(100));
    long[] result = aggregate.getResult(aggregate.add(sent, aggregate.createAccumulator()));
    ClassLoader jdk = ClassLoader.getSystemClassLoader().getParent();
    for (long[] crossing : new long[][] {sent, result}) {
      byte[] bytes = InstantiationUtil.serializeObject(crossing);
      assertThat(InstantiationUtil.<long[]>deserializeObject(bytes, jdk)).isEqualTo(crossing);
    }
  }

  @Test
  void theAggregateCanBeSentToTheJobManager() throws Exception {
    ReportAggregate arrived = InstantiationUtil.clone(new ReportAggregate());
    assertThat(arrived.createAccumulator()).isEmpty();
  }

  @Test
  void twoSetsOfReportsAreMerged() {
    ReportAggregate aggregate = new ReportAggregate();
    report(0, ATTEMPT, holds(500), NOW_MS);
    Map<Integer, long[]> first = new HashMap<>(reports);
    reports.clear();
    report(1, ATTEMPT, holds(400), NOW_MS);
    reports.putAll(aggregate.merge(first, new HashMap<>(reports)));
    assertThat(summary(2).slowestWatermarkMs).isEqualTo(400);
  }

  private void report(int subtask, int attempt, Peers.Report report, long receivedAtMs) {
    long[] received = ReportAggregate.encode(subtask, attempt, report);
    received[received.length - 1] = receivedAtMs;
    reports.put(subtask, received);
  }

  private static Peers.Report holds(long watermarkMs) {
    return new Peers.Report(watermarkMs, true, -1, watermarkMs);
  }

  private static Peers.Report silent(long watermarkMs) {
    return new Peers.Report(watermarkMs, false, 12_000, watermarkMs);
  }

  private Peers.Summary summary(int subtasks) {
    return ReportAggregate.decode(ReportAggregate.summarize(reports, NOW_MS), subtasks);
  }
}
