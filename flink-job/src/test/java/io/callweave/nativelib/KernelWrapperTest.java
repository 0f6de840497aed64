package io.callweave.nativelib;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.callweave.nativelib.NativeCellKernel.Output;
import io.callweave.testing.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@link RouteKernel} and {@link NativeCellKernel} add to the native methods. */
class KernelWrapperTest {
  private final RouteKernel route = RouteKernel.open(Kernels.route(1000, 16, 65_536));
  private final NativeCellKernel link =
      NativeCellKernel.open("link", Kernels.link(1000, 4, 100), Output.BLOCKS);
  private final NativeCellKernel assemble =
      NativeCellKernel.open("assemble", Kernels.assemble(100), Output.RECORDS);
  private final Verdict verdict = new Verdict();

  @AfterEach
  void close() {
    route.close();
    link.close();
    assemble.close();
  }

  @Test
  void aVerdictNamesTheRejectedRecordsOfTheBatchInOrder() throws Exception {
    route.add(3, null);
    route.add(4, "{}".getBytes(UTF_8));
    route.add(5, "no JSON at all".getBytes(UTF_8));
    assertThat(route.batchRecords()).isEqualTo(3);
    assertThat(route.batchBytes()).isEqualTo(3 * 8 + 2 + 14);

    route.judge(Long.MIN_VALUE, 0, verdict);

    assertThat(verdict.starts).isEmpty();
    assertThat(verdict.rejects).containsExactly("0 malformed", "1 invalid", "2 malformed");
    assertThat(verdict.details).hasSize(3).allSatisfy(detail -> assertThat(detail).isNotBlank());
  }

  @Test
  void judgingEmptiesTheBatch() throws Exception {
    route.add(0, new byte[0]);
    route.judge(Long.MIN_VALUE, 0, verdict);
    assertThat(route.batchRecords()).isZero();
    assertThat(route.batchBytes()).isZero();

    verdict.rejects.clear();
    route.judge(Long.MIN_VALUE, 0, verdict);
    assertThat(verdict.rejects).isEmpty();
  }

  @Test
  void aBatchGrowsWithItsRecords() throws Exception {
    byte[] large = new byte[300_000];
    Arrays.fill(large, (byte) 'x');
    long before = route.memoryBytes();
    for (int i = 0; i < 10; i++) {
      route.add(i, large);
    }
    assertThat(route.memoryBytes()).isGreaterThanOrEqualTo(before + 2_000_000);

    route.judge(Long.MIN_VALUE, 0, verdict);
    assertThat(verdict.rejects).hasSize(10).allMatch(reject -> reject.endsWith(" malformed"));
  }

  @Test
  void aBatchOfRejectsFitsItsVerdict() throws Exception {
    byte[] value = new byte[200];
    Arrays.fill(value, (byte) 'x');
    for (int i = 0; i < 5000; i++) {
      route.add(i, value);
    }
    route.judge(Long.MIN_VALUE, 0, verdict);
    assertThat(verdict.rejects).hasSize(5000).endsWith("4999 malformed");
  }

  @Test
  void anEmptyKernelGivesNothing() throws Exception {
    List<Object> given = new ArrayList<>();
    route.flush(Long.MAX_VALUE);
    route.drain((cell, calls, block) -> given.add(block));
    link.fire(0);
    link.drain((cell, calls, block) -> given.add(block));
    assemble.fire(0);
    assemble.drain((key, value) -> given.add(key));
    assertThat(given).isEmpty();
  }

  @Test
  void aKernelIsDrainedAsWhatItIs() {
    assertThatIllegalStateException()
        .isThrownBy(() -> link.drain((key, value) -> {}))
        .withMessageContaining("gives BLOCKS, not RECORDS");
    assertThatIllegalStateException()
        .isThrownBy(() -> assemble.drain((cell, calls, block) -> {}))
        .withMessageContaining("gives RECORDS, not BLOCKS");
  }

  @Test
  void aRefusedBlockCarriesTheReasonOfTheKernel() {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> link.push("no block".getBytes(UTF_8)))
        .satisfies(refusal -> assertThat(refusal.getMessage()).isNotBlank());
  }

  @Test
  void aClosedKernelIsAnErrorAndIsClosedOnce() {
    route.close();
    route.close();
    link.close();
    link.close();
    assertThatIllegalStateException().isThrownBy(() -> route.add(0, null));
    assertThatIllegalStateException().isThrownBy(() -> route.judge(0, 0, verdict));
    assertThatIllegalStateException().isThrownBy(() -> route.flush(0));
    assertThatIllegalStateException().isThrownBy(() -> route.drain((cell, calls, block) -> {}));
    assertThatIllegalStateException().isThrownBy(() -> link.push(new byte[0]));
    assertThatIllegalStateException().isThrownBy(() -> link.fire(0));
    assertThatIllegalStateException().isThrownBy(link::takeCounts);
    assertThat(route.memoryBytes()).isZero();
    assertThat(link.memoryBytes()).isZero();
  }

  @Test
  void timeInTheKernelAddsUp() {
    link.fire(0);
    long once = link.nanos();
    link.fire(1);
    assertThat(once).isPositive();
    assertThat(link.nanos()).isGreaterThan(once);
  }

  @Test
  void theCountsOfAnIdleKernelAreZero() {
    assertThat(assemble.counterNames()).containsExactly("written", "callsWithOmittedLinks");
    assertThat(assemble.takeCounts()).containsExactly(0, 0);
    assertThat(route.counterNames()).containsExactly("accepted");
    assertThat(route.takeCounts()).containsExactly(0);
  }

  @Test
  void aReasonHasTheLabelOfTheRejectsTopic() {
    List<String> labels = new ArrayList<>();
    for (int code = 0; code < 6; code++) {
      labels.add(RejectReason.ofCode(code).label());
    }
    assertThat(labels)
        .containsExactly("malformed", "invalid", "inconsistent", "too_long", "future", "late");
    assertThatExceptionOfType(KernelException.class).isThrownBy(() -> RejectReason.ofCode(6));
    assertThatExceptionOfType(KernelException.class).isThrownBy(() -> RejectReason.ofCode(-1));
  }

  private static final class Verdict implements VerdictConsumer {
    private final List<Integer> starts = new ArrayList<>();
    private final List<String> rejects = new ArrayList<>();
    private final List<String> details = new ArrayList<>();

    @Override
    public void highestStart(int partition, long startMs) {
      starts.add(partition);
    }

    @Override
    public void rejected(int index, RejectReason reason, String detail) {
      rejects.add(index + " " + reason.label());
      details.add(detail);
    }
  }
}
