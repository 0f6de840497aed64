package io.callweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
  @CsvSource({"literal-rocksdb,1", "literal-rocksdb,2", "literal-heap,2"})
  void theLiteralJobWritesTheSameCallsToTheByte(String side, int parallelism) throws Exception {
    Path file = folder.resolve("calls.jsonl");
    Files.write(file, randomCalls());
    JobRunner runner = new JobRunner(folder);
    String rest =
        String.format("%s 0 %d --outputs=links --parallelism=%d", file, CALLS, parallelism);

    JobRunner.Run job = runner.run(Candidate.parse("random job callweave " + rest), 1);
    JobRunner.Run literal = runner.run(Candidate.parse("random other " + side + " " + rest), 1);

    assertThat(job.written).isEqualTo(CALLS);
    assertThat(literal.written).isEqualTo(CALLS);
    assertThat(job.rejected).isZero();
    assertThat(literal.hash).isEqualTo(job.hash);
  }

  /** In disorder of up to 20 s; few share an id; some have an integer for it, or one time less. */
  private static List<String> randomCalls() {
    Random random = new Random(17);
    List<String> calls = new ArrayList<>();
    for (int i = 0; i < CALLS; i++) {
      long startMs = 1_700_000_000_000L + i * 10L + random.nextInt(20_000);
      int latencyMs = random.nextInt(random.nextInt(10) == 0 ? 15_000 : 300);
      String id = (random.nextInt(2) == 0 ? "%d" : "\"%d\"");
      String latency = "\"latency_msec\":" + latencyMs + (random.nextInt(3) == 0 ? ".5" : "");
      String end = "\"end_at_ms\":" + (startMs + latencyMs);
      calls.add(
          String.format(
              "{\"id\":"
                  + id
                  + ",\"src_ip\":\"10.0.0.%d\",\"dst_ip\":\"10.0.0.%d\","
                  + "\"start_at_ms\":%d,%s}",
              random.nextInt(20) == 0 ? i / 2 : i,
              random.nextInt(12),
              random.nextInt(12),
              startMs,
              Arrays.asList(latency + "," + end, latency, end).get(random.nextInt(3))));
    }
    return calls;
  }
}
