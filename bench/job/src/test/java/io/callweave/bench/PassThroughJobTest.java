package io.callweave.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.JobEnvironment;
import io.callweave.options.JobOptions;
import io.callweave.stage.ResultRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.SinkFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassThroughJobTest {
  @TempDir private Path folder;

  @Test
  void everyRecordIsWrittenAsItWasReadWithoutAKey() throws Exception {
    List<String> records = Arrays.asList("{\"id\":1}", "no call", "{\"id\":2}");
    Path file = Files.write(folder.resolve("records"), records);
    CallsInMemory.read(file, records.size());
    JobOptions options =
        JobOptions.parse(
            new String[] {"--parallelism=2", "--checkpoint-dir=" + folder.toUri()},
            Collections.emptyMap());
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(2);
    JobEnvironment.configure(env, options);

    PassThroughJob.build(env, new CallsInMemory(3, false), new Kept(), options);
    env.execute();

    assertThat(Kept.VALUES).containsExactlyInAnyOrderElementsOf(records);
  }

  /** Keeps what was written. */
  private static final class Kept implements SinkFunction<ResultRecord> {
    private static final long serialVersionUID = 1L;
    private static final Queue<String> VALUES = new ConcurrentLinkedQueue<>();

    @Override
    public void invoke(ResultRecord result, Context context) {
      assertThat(result.key).isNull();
      VALUES.add(new String(result.value, StandardCharsets.UTF_8));
    }
  }
}
