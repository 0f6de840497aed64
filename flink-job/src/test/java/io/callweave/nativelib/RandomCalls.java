package io.callweave.nativelib;

import io.callweave.testing.Kernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * One thread that calls the native methods with arguments at random: some that fit, some that
 * nearly do, some that cannot. Kernels and blocks are shared with the other threads.
 */
final class RandomCalls implements Callable<BorderTally> {
  private static final int MAX_KERNELS = 30;
  private static final int MAX_BLOCKS = 200;
  private static final int[] EDGES = {
    0, 1, -1, 7, 1000, 65_536, 1 << 30, Integer.MAX_VALUE, Integer.MIN_VALUE
  };

  /** What the threads have in common: the kernels that were opened, the blocks that came out. */
  static final class Shared {
    private final List<Long> kernels = new ArrayList<>();
    private final List<byte[]> blocks = new ArrayList<>();

    synchronized void opened(long kernel) {
      kernels.add(kernel);
    }

    synchronized boolean full() {
      return kernels.size() >= MAX_KERNELS;
    }

    /** One that was opened; it may be closed already. */
    synchronized long kernel(Random random) {
      return kernels.isEmpty() ? 0 : kernels.get(random.nextInt(kernels.size()));
    }

    /** One that is open, and is from now on only known to the caller. */
    synchronized long leaving(Random random) {
      return kernels.isEmpty() ? 0 : kernels.remove(random.nextInt(kernels.size()));
    }

    synchronized void keep(byte[] block, Random random) {
      if (blocks.size() < MAX_BLOCKS) {
        blocks.add(block);
      } else {
        blocks.set(random.nextInt(MAX_BLOCKS), block);
      }
    }

    synchronized byte[] block(Random random) {
      return blocks.isEmpty() ? new byte[0] : blocks.get(random.nextInt(blocks.size())).clone();
    }
  }

  private final Random random;
  private final Shared shared;
  private final int calls;
  private final BorderTally tally = new BorderTally();

  RandomCalls(long seed, Shared shared, int calls) {
    this.random = new Random(seed);
    this.shared = shared;
    this.calls = calls;
  }

  @Override
  public BorderTally call() {
    for (int i = 0; i < calls; i++) {
      callOne(random.nextInt(27));
    }
    return tally;
  }

  private void callOne(int method) {
    switch (method) {
      case 0:
        open(() -> NativeKernels.open("route", routeSettings().bytes()));
        break;
      case 1:
        open(() -> NativeKernels.open("link", linkSettings().bytes()));
        break;
      case 2:
        open(() -> NativeKernels.open(kind(), Kernels.assemble(small()).bytes()));
        break;
      case 3:
        close(chance(50) ? shared.leaving(random) : wildKernel());
        break;
      case 4:
        tally.run("takeCounts", () -> NativeKernels.takeCounts(kernel(), counts()));
        break;
      case 5:
        tally.run("memoryBytes", () -> NativeKernels.memoryBytes(kernel()));
        break;
      case 6:
        tally.run("methodTable", NativeKernels::methodTable);
        break;
      case 7:
        tally.run("abiVersion", NativeKernels::abiVersion);
        break;
      case 8:
      case 9:
        tally.run("flush", () -> NativeKernels.flush(kernel(), timeMs()));
        break;
      case 10:
      case 11:
      case 12:
        tally.run("fire", () -> NativeKernels.fire(kernel(), timeMs() / 1000));
        break;
      case 13:
      case 14:
      case 15:
      case 16:
        tally.run("push", () -> NativeKernels.push(kernel(), block()));
        break;
      case 17:
      case 18:
      case 19:
        tally.run("pushBatch", this::pushBatch);
        break;
      case 20:
        tally.run("load", () -> NativeKernels.load(kernel(), block()));
        break;
      case 21:
        tally.run("save", () -> NativeKernels.save(kernel()));
        break;
      case 22:
        tally.run("counterNames", () -> NativeKernels.counterNames(kernel()));
        break;
      default:
        tally.run("pull", this::pull);
    }
  }

  private void open(Callable<Long> opening) {
    if (shared.full()) {
      close(shared.leaving(random));
    }
    tally.run("open", () -> shared.opened(opening.call()));
  }

  private void close(long kernel) {
    tally.run("close", () -> NativeKernels.close(kernel));
  }

  private KernelSettings routeSettings() {
    return Kernels.route(bucketMs(), small(), edge(65_536));
  }

  private KernelSettings linkSettings() {
    return Kernels.link(bucketMs(), small(), small());
  }

  private String kind() {
    return chance(90) ? "assemble" : chance(50) ? "link" : "no kernel";
  }

  private void pushBatch() {
    ByteBuffer batch = chance(90) ? batch() : buffer();
    int length = chance(90) && batch != null ? batch.limit() : edge(100);
    ByteBuffer verdict =
        chance(90) ? ByteBuffer.allocateDirect(1 << 16) : chance(50) ? batch : buffer();
    NativeKernels.pushBatch(kernel(), batch, length, chance(80) ? 0 : timeMs(), timeMs(), verdict);
  }

  /** Keeps the blocks that come, so that they are pushed elsewhere, whole and mutilated. */
  private void pull() {
    ByteBuffer out = buffer();
    int filled = NativeKernels.pull(kernel(), out);
    ByteBuffer frames = out.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    // Frames of Assemble have another head, and make some blocks that are none.
    for (int at = 0; at + 16 <= filled; ) {
      int length = frames.getInt(at + 12);
      if (length < 0 || length > filled - at - 16) {
        return;
      }
      byte[] block = new byte[length];
      frames.position(at + 16);
      frames.get(block);
      shared.keep(block, random);
      at += 16 + length;
    }
  }

  private ByteBuffer batch() {
    ByteBuffer batch = ByteBuffer.allocateDirect(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = random.nextInt(40); i > 0; i--) {
      byte[] value = record();
      batch.putInt(random.nextInt(5)).putInt(value.length).put(value);
    }
    if (chance(5)) {
      batch.putInt(random.nextInt()).putInt(edge(10));
    }
    batch.flip();
    return batch;
  }

  private byte[] record() {
    long startMs = 1_000_000L + random.nextInt(5_000);
    long latencyMs = random.nextInt(3_000);
    String call =
        String.format(
            "{\"id\":\"%x\",\"src_ip\":\"10.0.0.%d\",\"dst_ip\":\"10.0.0.%d\",\"start_at_ms\":%d,"
                + "\"latency_msec\":%d,\"end_at_ms\":%d}",
            random.nextInt(),
            random.nextInt(4),
            random.nextInt(4),
            startMs,
            latencyMs,
            startMs + latencyMs);
    byte[] value = call.getBytes(StandardCharsets.UTF_8);
    if (chance(10)) {
      value[random.nextInt(value.length)] = (byte) random.nextInt();
    }
    return value;
  }

  private ByteBuffer buffer() {
    switch (random.nextInt(20)) {
      case 0:
        return null;
      case 1:
        return ByteBuffer.allocate(64);
      case 2:
        return ByteBuffer.allocateDirect(0);
      case 3:
        ByteBuffer whole = ByteBuffer.allocateDirect(300);
        whole.position(random.nextInt(300));
        return whole.slice();
      case 4:
        return ByteBuffer.allocateDirect(random.nextInt(100));
      default:
        return ByteBuffer.allocateDirect(1 << 17);
    }
  }

  private byte[] block() {
    if (chance(2)) {
      return null;
    }
    byte[] block = chance(5) ? new byte[random.nextInt(200)] : shared.block(random);
    for (int i = chance(70) ? 0 : random.nextInt(4); i > 0 && block.length > 0; i--) {
      block[random.nextInt(block.length)] = (byte) random.nextInt();
    }
    return block;
  }

  private long[] counts() {
    return chance(80)
        ? new long[1 + random.nextInt(3)]
        : chance(20) ? null : new long[random.nextInt(9)];
  }

  private long kernel() {
    return chance(97) ? shared.kernel(random) : wildKernel();
  }

  private long wildKernel() {
    return chance(50) ? random.nextInt(1000) : random.nextLong();
  }

  private long bucketMs() {
    return chance(80) ? 1000 : edge(50);
  }

  private int small() {
    return chance(80) ? 1 + random.nextInt(16) : edge(4);
  }

  private int edge(int usual) {
    return chance(80) ? usual : EDGES[random.nextInt(EDGES.length)];
  }

  private long timeMs() {
    return chance(90) ? 1_000_000L + random.nextInt(10_000) : random.nextLong();
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
