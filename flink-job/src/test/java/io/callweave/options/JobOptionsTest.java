package io.callweave.options;

import static io.callweave.options.Parsing.parse;
import static io.callweave.options.Parsing.refusalOf;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Collections.singletonMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.callweave.nativelib.NativeCellKernel;
import io.callweave.nativelib.RouteKernel;
import io.callweave.testing.Kernels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command line, environment and defaults. */
class JobOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "bootstrap, localhost:9092",
    "input-topic, test-topic",
    "output-topic, linked-topic",
    "rejects-topic, rejected-topic",
    "group-id, callweave",
    "auto-offset-reset, earliest",
    "parallelism,",
    "max-out-of-order-ms, 30000",
    "idle-flush-ms, 30000",
    "max-latency-ms, 20000",
    "max-future-skew-ms, 10000",
    "partition-idle-ms, 10000",
    "max-links, 1000",
    "max-record-bytes, 65536",
    "pass-through, off",
    "bucket-ms, 1000",
    "ip-groups, 16",
    "id-groups, 4",
    "write-behind-mib, 96",
    "delivery, exactly-once",
    "checkpoint-interval-ms, 10000",
    "checkpoint-dir,",
    "kafka-config,",
    "job-name, callweave",
  })
  void helpNamesEveryOptionAndItsDefaultCounts(String name, String defaultText) {
    assertThat(helpOf(name)).isNotEmpty();
    String shown = parse().shown().get(name);
    if (defaultText == null) {
      assertThat(shown).isNull();
    } else {
      assertThat(helpOf(name)).contains("default: " + defaultText);
      assertThat(shown).isEqualTo(defaultText.equals("off") ? "false" : defaultText);
    }
  }

  @Test
  void helpNamesThePropertiesOfKafkaAndHasNoOtherOptions() {
    assertThat(JobOptionTable.help()).contains("--kafka.NAME");
    assertThat(Pattern.compile("^  --", Pattern.MULTILINE).splitAsStream(JobOptionTable.help()))
        .hasSize(1 + JobOptionTable.ALL.size() + 1);
  }

  @ParameterizedTest
  @CsvSource({
    "bootstrap, KAFKA_BOOTSTRAP, a:1, b:2",
    "input-topic, KAFKA_TOPIC, a, b",
    "output-topic, KAFKA_OUTPUT_TOPIC, a, b",
    "chains-topic, KAFKA_CHAINS_TOPIC, a, b",
    "edges-topic, KAFKA_EDGES_TOPIC, a, b",
    "alerts-topic, KAFKA_ALERTS_TOPIC, a, b",
    "spans-topic, KAFKA_SPANS_TOPIC, a, b",
    "rejects-topic, KAFKA_REJECTS_TOPIC, a, b",
    "group-id, KAFKA_GROUP_ID, a, b",
    "auto-offset-reset, KAFKA_AUTO_OFFSET_RESET, latest, earliest",
    "parallelism, SIMPY_PARALLELISM, 7, 8",
    "parallelism, KAFKA_PARTITIONS, 7, 8",
    "parallelism, KAFKA_NUM_PARTITIONS, 7, 8",
    "max-out-of-order-ms, SIMPY_MAX_OUT_OF_ORDER_MS, 1, 2",
    "idle-flush-ms, SIMPY_IDLE_FLUSH_MS, 1, 2",
  })
  void theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheDefault(
      String name, String variable, String fromEnvironment, String fromCommandLine) {
    assertThat(helpOf(name)).contains(variable);
    Map<String, String> environment = singletonMap(variable, fromEnvironment);
    assertThat(JobOptions.parse(new String[0], environment).shown())
        .containsEntry(name, fromEnvironment);
    assertThat(JobOptions.parse(new String[] {"--" + name, fromCommandLine}, environment).shown())
        .containsEntry(name, fromCommandLine);
  }

  @ParameterizedTest
  @CsvSource({
    "max-latency-ms, 1",
    "max-future-skew-ms, 1",
    "partition-idle-ms, 1",
    "max-links, 1",
    "max-record-bytes, 1",
    "bucket-ms, 5",
    "ip-groups, 1",
    "id-groups, 1",
    "write-behind-mib, 0",
    "delivery, at-least-once",
    "checkpoint-interval-ms, 50",
    "checkpoint-dir, file:///checkpoints",
  })
  void theCommandLineSetsEveryOption(String name, String value) {
    assertThat(parse("--" + name, value).shown()).containsEntry(name, value);
    assertThat(parse("--" + name + "=" + value).shown()).containsEntry(name, value);
  }

  @Test
  void whatIsSetArrivesWhereItIsUsed() {
    JobOptions options =
        parse(
            "--bootstrap=b:1 --input-topic=i --output-topic=o --rejects-topic=r --group-id=g"
                .split(" "));
    assertThat(options.bootstrap()).isEqualTo("b:1");
    assertThat(options.inputTopic()).isEqualTo("i");
    assertThat(options.outputs().topic(JobOptionTable.LINKS)).isEqualTo("o");
    assertThat(options.outputs().topic(JobOptionTable.REJECTS)).isEqualTo("r");
    assertThat(options.consumerProperties())
        .containsEntry("group.id", "g")
        .containsEntry("auto.offset.reset", "earliest")
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("bootstrap.servers", "b:1");
    assertThat(options.producerProperties()).containsEntry("bootstrap.servers", "b:1");
    assertThat(options.adminProperties()).containsEntry("bootstrap.servers", "b:1");
  }

  @Test
  void numbersArriveWhereTheyAreUsed() {
    JobOptions options =
        parse(
            ("--parallelism=2 --max-out-of-order-ms=3 --idle-flush-ms=4 --max-latency-ms=5"
                    + " --max-future-skew-ms=6 --partition-idle-ms=7 --max-links=8"
                    + " --max-record-bytes=9 --bucket-ms=10 --ip-groups=11 --id-groups=12"
                    + " --write-behind-mib=13 --checkpoint-interval-ms=14")
                .split(" "));
    assertThat(options.parallelism()).isEqualTo(2);
    assertThat(options.maxOutOfOrderMs()).isEqualTo(3);
    assertThat(options.idleFlushMs()).isEqualTo(4);
    assertThat(options.maxLatencyMs()).isEqualTo(5);
    assertThat(options.maxFutureSkewMs()).isEqualTo(6);
    assertThat(options.partitionIdleMs()).isEqualTo(7);
    assertThat(options.maxLinks()).isEqualTo(8);
    assertThat(options.maxRecordBytes()).isEqualTo(9);
    assertThat(options.layouts().addresses().bucketMs()).isEqualTo(10);
    assertThat(options.layouts().addresses().groups()).isEqualTo(11);
    assertThat(options.layouts().ids().bucketMs()).isEqualTo(10);
    assertThat(options.layouts().ids().groups()).isEqualTo(12);
    assertThat(options.idGroups()).isEqualTo(12);
    assertThat(options.writeBehindBytes()).isEqualTo(13L << 20);
    assertThat(options.checkpointIntervalMs()).isEqualTo(14);
  }

  @Test
  void theFirstOfTheVariablesForTheParallelismCounts() {
    Map<String, String> environment = new HashMap<>();
    environment.put("KAFKA_NUM_PARTITIONS", "3");
    assertThat(JobOptions.parse(new String[0], environment).parallelism()).isEqualTo(3);
    environment.put("KAFKA_PARTITIONS", "2");
    assertThat(JobOptions.parse(new String[0], environment).parallelism()).isEqualTo(2);
    environment.put("SIMPY_PARALLELISM", "1");
    assertThat(JobOptions.parse(new String[0], environment).parallelism()).isEqualTo(1);
    environment.put("SIMPY_PARALLELISM", "");
    assertThat(JobOptions.parse(new String[0], environment).parallelism()).isEqualTo(2);
  }

  @Test
  void aFlagMayStandAlone() {
    assertThat(parse().passThrough()).isFalse();
    assertThat(parse("--pass-through").passThrough()).isTrue();
    assertThat(parse("--pass-through", "--max-links", "2").passThrough()).isTrue();
    assertThat(parse("--pass-through", "on").passThrough()).isTrue();
    assertThat(parse("--pass-through=off").passThrough()).isFalse();
  }

  @Test
  void exactlyOnceIsTheDefault() {
    assertThat(parse().exactlyOnce()).isTrue();
    assertThat(parse("--delivery", "at-least-once").exactlyOnce()).isFalse();
  }

  @Test
  void anUnknownOptionIsRefusedByName() {
    assertThat(refusalOf("--max-link", "5")).contains("--max-link").contains("--help");
    assertThat(refusalOf("stray")).contains("'stray'").contains("--name value");
    assertThat(refusalOf("-p", "5")).contains("'-p'");
    assertThat(refusalOf("--")).contains("'--'");
  }

  @Test
  void aWrongBrokerIsNamedAndAPasswordInFrontOfOneIsNotShown() {
    assertThat(refusalOf("--bootstrap", "a:1,localhost:abc"))
        .startsWith("--bootstrap is wrong: 'localhost:abc' has a port that is no number")
        .contains("HOST:PORT is wanted");
    assertThat(refusalOf("--bootstrap", "a:1,user:s3cret,more@b:2"))
        .startsWith("--bootstrap is wrong: broker 2 of 3 ")
        .doesNotContain("s3cret");
  }

  @Test
  void anOptionThatIsGivenTwiceIsRefused() {
    assertThat(refusalOf("--max-links", "5", "--max-links=6")).contains("--max-links", "twice");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-links | many | integer from 1 to 100000",
        "max-links | 0 | integer from 1 to 100000",
        "max-links | 1.5 | integer from 1 to 100000",
        "max-links | 99999999999999999999 | integer from 1 to 100000",
        "max-links | '' | integer from 1 to 100000",
        "parallelism | 721 | integer from 1 to 720",
        "max-out-of-order-ms | -1 | integer from 0",
        "bucket-ms | 0 | integer from 1",
        "delivery | twice | exactly-once or at-least-once",
        "auto-offset-reset | none | earliest or latest",
        "pass-through | maybe | on or off",
        "input-topic | '' | a topic name of 1 to 249 letters",
        "checkpoint-dir | checkpoints | URI",
        "checkpoint-dir | my checkpoints | URI",
        "checkpoint-dir | s3://bucket | URI",
        "checkpoint-dir | file:/// | URI",
      })
  void aBadValueIsRefusedWithWhatIsRight(String name, String value, String right) {
    assertThat(refusalOf("--" + name, value))
        .contains("--" + name)
        .contains("'" + value + "'")
        .contains(right)
        .doesNotContain("\n");
  }

  @Test
  void aBadValueOfTheEnvironmentIsRefusedByTheNameOfTheVariable() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> JobOptions.parse(new String[0], singletonMap("KAFKA_PARTITIONS", "many")))
        .withMessageContaining("KAFKA_PARTITIONS")
        .withMessageContaining("integer from 1 to 720");
  }

  @Test
  void rulesOfAlertsTravelWithTheJob(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("rules.yaml"), "new: {on: false}".getBytes(UTF_8));
    assertThat(parse("--alerts", file.toString()).alertRules()).isEqualTo("new: {on: false}");
    assertThat(parse().alertRules()).isEmpty();
    assertThat(refusalOf("--alerts", folder.resolve("none").toString()))
        .contains("--alerts", "cannot be read", "a text of YAML is wanted");
  }

  @ParameterizedTest
  @CsvSource({
    "1000, 500, 500, --window-slide-ms 500 is no multiple of --bucket-ms 1000",
    "1000, 2500, , --window-ms 2500 is no multiple of --bucket-ms 1000",
    "1000, 5000, 2000, --window-ms 5000 is not 1 to 100 times --window-slide-ms 2000",
    "1000, 101000, 1000, --window-ms 101000 is not 1 to 100 times --window-slide-ms 1000",
  })
  void windowsOfEdgesConsistOfWholeBucketsAndSlides(
      long bucketMs, long windowMs, Long slideMs, String refusal) {
    List<String> args = new ArrayList<>();
    args.add("--bucket-ms=" + bucketMs);
    args.add("--window-ms=" + windowMs);
    if (slideMs != null) {
      args.add("--window-slide-ms=" + slideMs);
    }
    // Without edges nobody cuts windows.
    assertThatNoException().isThrownBy(() -> parse(args.toArray(new String[0])));
    args.add("--outputs=edges");
    assertThat(refusalOf(args.toArray(new String[0]))).contains(refusal);
  }

  @Test
  void whatMessagesCannotHaveIsRefused() {
    assertThat(refusalOf("--input-format=protobuf", "--map=zipkin"))
        .contains("--map reads JSON, but --input-format is protobuf; name the message");
    for (String[] options :
        new String[][] {
          {"--map=zipkin"}, {"--input-format=protobuf"}, {"--input-format=json", "--map=zipkin"}
        }) {
      String[] all = Arrays.copyOf(options, options.length + 1);
      all[options.length] = "--input-message=/dev/null:mesh.Hop";
      assertThat(refusalOf(all)).contains("set --input-format protobuf and --map");
    }
    for (String wrong : new String[] {"calls.desc", ":mesh.Hop", "calls.desc:"}) {
      assertThat(refusalOf("--input-message=" + wrong))
          .contains("--input-message is '" + wrong + "'; FILE:NAME is wanted");
    }
    assertThat(refusalOf("--input-message=/nowhere/calls.desc:mesh.Hop"))
        .contains("--input-message /nowhere/calls.desc cannot be read (NoSuchFileException)");
    assertThat(refusalOf("--input-format=protobuf", "--pass-through=on"))
        .contains("let --input-format be json");
    assertThat(refusalOf("--input-format=protobuf", "--source=files", "--input=/in"))
        .contains("--source files reads JSON lines, CSV and Parquet");
    assertThat(refusalOf("--output-format=protobuf", "--sink=chains=print"))
        .contains("writes chains as lines");
    assertThatNoException()
        .isThrownBy(() -> parse("--output-format=protobuf", "--sink=rejects=print"));
    assertThat(refusalOf("--output-format=protobuf", "--pass-through=on"))
        .contains("let --output-format be json");
    assertThatNoException().isThrownBy(() -> parse("--output-format=protobuf", "--map=zipkin"));
  }

  @Test
  void aCallMustNotTouchTooManyBuckets() {
    assertThatNoException()
        .isThrownBy(() -> parse("--bucket-ms", "1", "--max-latency-ms", "10000"));
    assertThat(refusalOf("--bucket-ms", "1", "--max-latency-ms", "10001"))
        .contains("--max-latency-ms 10001")
        .contains("--bucket-ms 1");
  }

  /** What the options allow the kernels must not refuse, on a TaskManager, minutes later. */
  @ParameterizedTest
  @ValueSource(strings = {"ip-groups", "id-groups"})
  void theKernelsTakeAsManyGroupsAsTheOptionsAllow(String option) {
    JobOptions most = parse("--" + option, "256", "--max-links", "100000");
    assertThatNoException()
        .isThrownBy(
            () -> {
              RouteKernel.open(Kernels.route(1000, most.layouts().addresses().groups(), 1)).close();
              NativeCellKernel.open(
                      "link",
                      Kernels.link(1000, most.idGroups(), most.maxLinks()),
                      NativeCellKernel.Output.BLOCKS)
                  .close();
            });
    assertThat(refusalOf("--" + option, "257")).contains("integer from 1 to 256");
  }

  @Test
  void helpIsAskedForWithOneWordAmongOthers() {
    assertThat(JobOptions.wantsHelp(new String[] {"--max-links", "5", "--help"})).isTrue();
    assertThat(JobOptions.wantsHelp(new String[] {"-h"})).isTrue();
    assertThat(JobOptions.wantsHelp(new String[] {"--max-links", "5"})).isFalse();
  }

  /** The part of the help on one option, empty if there is none. */
  private static String helpOf(String name) {
    Matcher part =
        Pattern.compile("^  --" + name + " .*(\\n    .*)*", Pattern.MULTILINE)
            .matcher(JobOptionTable.help());
    return part.find() ? part.group() : "";
  }
}
