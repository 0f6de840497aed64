package io.callweave.nativelib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.callweave.testing.Kernels;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The border itself: whatever comes over it, the answer is an exception and never a crash. */
class NativeKernelsTest {
  private static final byte[] GARBAGE = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

  private long route;
  private long link;
  private long assemble;

  @BeforeAll
  static void load() {
    NativeLibrary.load();
  }

  @BeforeEach
  void open() {
    route = open("route", Kernels.route(1000, 16, 65_536));
    link = open("link", Kernels.link(1000, 4, 100));
    assemble = open("assemble", Kernels.assemble(100));
  }

  @AfterEach
  void close() {
    NativeKernels.close(route);
    NativeKernels.close(link);
    NativeKernels.close(assemble);
  }

  @Test
  void theMethodsOfTheClassAreThoseOfTheLibrary() {
    List<String> declared =
        Arrays.stream(NativeKernels.class.getDeclaredMethods())
            .filter(method -> Modifier.isNative(method.getModifiers()))
            .map(NativeKernelsTest::signature)
            .collect(Collectors.toList());

    assertThat(NativeKernels.methodTable().split("\n", -1))
        .containsExactlyInAnyOrderElementsOf(declared);
  }

  @Test
  void theVersionsOfTheBorderAgree() {
    assertThat(NativeKernels.abiVersion()).isEqualTo(NativeLibrary.ABI_VERSION);
  }

  @Test
  void aHandleThatWasNeverGivenOutIsAnErrorNotACrash() {
    for (long handle : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, assemble + 1_000_000}) {
      for (LongConsumer use : uses()) {
        assertThatIllegalStateException()
            .isThrownBy(() -> use.accept(handle))
            .withMessageContaining("closed or was never open");
      }
    }
  }

  @Test
  void aClosedHandleIsAnErrorNotACrash() {
    long closed = open("link", Kernels.link(1000, 4, 100));
    NativeKernels.close(closed);
    for (LongConsumer use : uses()) {
      assertThatIllegalStateException().isThrownBy(() -> use.accept(closed));
    }
    assertThat(open("link", Kernels.link(1000, 4, 100))).isNotEqualTo(closed);
  }

  @Test
  void aHandleOfTheWrongKindIsRefusedAndStaysUsable() {
    for (long cell : new long[] {link, assemble}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NativeKernels.flush(cell, 0))
          .withMessageContaining("one that takes batches was expected");
      assertThatIllegalArgumentException().isThrownBy(() -> pushBatch(cell, direct(8), 0));
      NativeKernels.fire(cell, 0);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.push(route, GARBAGE))
        .withMessageContaining("one that takes blocks was expected");
    assertThatIllegalArgumentException().isThrownBy(() -> NativeKernels.fire(route, 0));
    NativeKernels.flush(route, 0);
  }

  @Test
  void aSettingOutOfRangeIsAnIllegalArgument() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("link", Kernels.link(1000, -4, 100)))
        .withMessageContaining("the kernel 'link'")
        .withMessageContaining("-4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("link", Kernels.link(0, 4, 100)))
        .withMessageContaining("bucket-ms is 0");
    assertThatIllegalArgumentException().isThrownBy(() -> open("assemble", Kernels.assemble(-1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("route", Kernels.route(1000, 0, 65_536)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("route", Kernels.route(1000, 16, -1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("route", Kernels.assemble(1)))
        .withMessageContaining("unknown field `max_links`");
  }

  @Test
  void aKernelThatDoesNotExistIsAnIllegalArgument() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("sort", new KernelSettings()))
        .withMessage(
            "there is no kernel 'sort'; route, merge, link, assemble, attribute, root, chain, windows and alerts are known, and parquet to a library that was built with it");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.open(null, new byte[0]))
        .withMessage("kind is null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.open("link", null))
        .withMessage("settings is null");
  }

  @Test
  void aKernelThatKeepsNoStateNeitherLoadsNorSaves() {
    for (long handle : new long[] {route, link, assemble}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NativeKernels.load(handle, new byte[0]))
          .withMessageContaining("one that keeps state was expected");
      assertThatIllegalArgumentException().isThrownBy(() -> NativeKernels.save(handle));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.load(link, null))
        .withMessage("state is null");
  }

  @Test
  void aBufferOnTheHeapIsRefused() {
    ByteBuffer heap = ByteBuffer.allocate(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pushBatch(route, heap, 0))
        .withMessage("batch is not a direct buffer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.pushBatch(route, direct(8), 0, 0, 0, heap))
        .withMessage("verdict is not a direct buffer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.pull(route, heap))
        .withMessage("out is not a direct buffer");
  }

  @Test
  void aNullIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pushBatch(route, null, 0))
        .withMessage("batch is null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.pushBatch(route, direct(8), 0, 0, 0, null))
        .withMessage("verdict is null");
    assertThatIllegalArgumentException().isThrownBy(() -> NativeKernels.pull(route, null));
    assertThatIllegalArgumentException().isThrownBy(() -> NativeKernels.push(link, null));
    assertThatIllegalArgumentException().isThrownBy(() -> NativeKernels.takeCounts(link, null));
  }

  @Test
  void aLengthBeyondTheBufferIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pushBatch(route, direct(8), 9))
        .withMessage("length is 9, the buffer's capacity only 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pushBatch(route, direct(8), Integer.MAX_VALUE));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> pushBatch(route, direct(8), -1))
        .withMessageContaining("length");
  }

  @Test
  void aBatchAndAVerdictInTheSameMemoryAreRefused() {
    ByteBuffer both = direct(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NativeKernels.pushBatch(route, both, 64, 0, 0, both))
        .withMessage("batch and verdict share memory");
  }

  @Test
  void anArrayForTheCountsMustHaveRoomForThem() {
    for (int length : new int[] {0, 2, 4}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NativeKernels.takeCounts(link, new long[length]));
    }
    assertThat(NativeKernels.counterNames(link)).isEqualTo("callsOut\nlinks\nduplicates");
    long[] counts = {9, 9, 9};
    NativeKernels.takeCounts(link, counts);
    assertThat(counts).containsOnly(0);
  }

  @Test
  void anEmptyBatchHasAVerdictWithoutEntries() {
    ByteBuffer verdict = direct(64);
    assertThat(NativeKernels.pushBatch(route, direct(0), 0, 0, 0, verdict)).isEqualTo(8);
    assertThat(verdict.getLong(0)).isZero();
  }

  @Test
  void aVerdictThatDoesNotFitNamesBothSizes() {
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> NativeKernels.pushBatch(route, direct(0), 0, 0, 0, direct(7)))
        .withMessageContaining("needs 8 bytes")
        .withMessageContaining("has 7");
  }

  @Test
  void aKernelWithoutOutputFillsNothing() {
    for (long handle : new long[] {route, link, assemble}) {
      assertThat(NativeKernels.pull(handle, direct(0))).isZero();
      assertThat(NativeKernels.pull(handle, direct(64))).isZero();
      assertThat(NativeKernels.memoryBytes(handle)).isNotNegative();
    }
  }

  @Test
  void aGarbageBlockIsRefusedWithTheReasonOfTheKernel() {
    for (long handle : new long[] {link, assemble}) {
      for (byte[] block : new byte[][] {GARBAGE, {}, new byte[1 << 20]}) {
        assertThatExceptionOfType(KernelException.class)
            .isThrownBy(() -> NativeKernels.push(handle, block))
            .satisfies(refusal -> assertThat(refusal.getMessage()).isNotBlank());
      }
      assertThatCode(() -> NativeKernels.fire(handle, 0)).doesNotThrowAnyException();
    }
  }

  @Test
  void aGarbageBatchIsRefused() {
    ByteBuffer batch = direct(GARBAGE.length);
    for (int i = 0; i < GARBAGE.length; i++) {
      batch.put(i, GARBAGE[i]);
    }
    assertThatExceptionOfType(KernelException.class)
        .isThrownBy(() -> pushBatch(route, batch, GARBAGE.length));
  }

  @Test
  void twoThreadsMayUseOneHandle() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        done.add(threads.submit(this::fireOften));
      }
      for (Future<?> each : done) {
        each.get();
      }
    } finally {
      threads.shutdown();
    }
  }

  private void fireOften() {
    ByteBuffer out = direct(64);
    for (int bucket = 0; bucket < 1000; bucket++) {
      NativeKernels.fire(link, bucket);
      NativeKernels.pull(link, out);
    }
  }

  /** Every method that takes a handle. */
  private static List<LongConsumer> uses() {
    return Arrays.asList(
        handle -> pushBatch(handle, direct(8), 0),
        handle -> NativeKernels.flush(handle, 0),
        handle -> NativeKernels.push(handle, GARBAGE),
        handle -> NativeKernels.fire(handle, 0),
        handle -> NativeKernels.pull(handle, direct(64)),
        handle -> NativeKernels.load(handle, new byte[0]),
        NativeKernels::save,
        NativeKernels::counterNames,
        handle -> NativeKernels.takeCounts(handle, new long[3]),
        NativeKernels::memoryBytes,
        NativeKernels::close);
  }

  private static long open(String kind, KernelSettings settings) {
    return NativeKernels.open(kind, settings.bytes());
  }

  private static void pushBatch(long handle, ByteBuffer batch, int length) {
    NativeKernels.pushBatch(handle, batch, length, 0, 0, direct(1024));
  }

  private static ByteBuffer direct(int capacity) {
    return ByteBuffer.allocateDirect(capacity);
  }

  private static String signature(Method method) {
    String arguments =
        Arrays.stream(method.getParameterTypes())
            .map(NativeKernelsTest::descriptor)
            .collect(Collectors.joining());
    return method.getName() + "(" + arguments + ")" + descriptor(method.getReturnType());
  }

  private static String descriptor(Class<?> type) {
    if (type == void.class) {
      return "V";
    }
    // An array's class name is its descriptor, with dots.
    String array = java.lang.reflect.Array.newInstance(type, 0).getClass().getName();
    return array.substring(1).replace('.', '/');
  }
}
