package io.callweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A comparison is one only if both sides find the same. */
class LiteralJobTest {
  private static final int CALLS = 8_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"rocksdb,1", "rocksdb,2", "heap,2"})
  void theLiteralJobWritesTheSameCallsToTheByte(String state, int parallelism) throws Exception {
    Path file = folder.resolve("calls.jsonl");
    Files.write(file, randomCalls());
    CallsInMemory.read(file, CALLS);
    JobBench bench = new JobBench(folder, state, parallelism);

    JobBench.Run job = bench.run("callweave", 0, CALLS);
    JobBench.Run literal = bench.run("literal", 0, CALLS);

    assertThat(job.written).isEqualTo(CALLS);
    assertThat(literal.written).isEqualTo(CALLS);
    assertThat(literal.hash).isEqualTo(job.hash);
  }

  /** In disorder of up to 20 s; few share an id. */
  private static List<String> randomCalls() {
    Random random = new Random(17);
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      long startMs = 1_700_000_000_000L + i * 10L + random.nextInt(20_000);
      int latencyMs = random.nextInt(random.nextInt(10) == 0 ? 15_000 : 300);
      calls.add(
          String.format(
              "{\"id\":\"call-%d\",\"src_ip\":\"10.0.0.%d\",\"dst_ip\":\"10.0.0.%d\","
                  + "\"start_at_ms\":%d,\"latency_msec\":%d,\"end_at_ms\":%d}",
              random.nextInt(20) == 0 ? i / 2 : i,
              random.nextInt(12),
              random.nextInt(12),
              startMs,
              latencyMs,
              startMs + latencyMs));
    }
    return calls;
  }
}
