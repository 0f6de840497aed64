package io.callweave.options;

import static io.callweave.options.Parsing.parse;
import static io.callweave.options.Parsing.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read and written, and where. */
class OutputsTest {
  @ParameterizedTest
  @ValueSource(strings = {"input-topic", "output-topic", "chains-topic", "rejects-topic"})
  void theTopicsMustDiffer(String option) {
    String other = option.equals("input-topic") ? "linked-topic" : "test-topic";
    assertThat(refusalOf("--" + option, other)).contains(other).contains("different topics");
  }

  @Test
  void aTopicThatIsNotWrittenToMayHaveAnyName() {
    assertThatNoException()
        .isThrownBy(() -> parse("--outputs", "links", "--chains-topic", "test-topic"));
    assertThatNoException()
        .isThrownBy(() -> parse("--outputs", "chains", "--output-topic", "test-topic"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "chain", "links,", "links,links", "links chains"})
  void outputsAreOneOrMoreOfTheWords(String outputs) {
    assertThat(refusalOf("--outputs=" + outputs))
        .contains("one or more of links, chains, edges, spans, alerts with commas between");
  }

  private static String topicOfSpans(String... arguments) {
    return parse(arguments).outputs().topic("spans");
  }

  @Test
  void spansGoToTheTopicThatTheirReadersLookAtUnlessOneIsNamed() {
    assertThat(parse("--outputs=spans").outputs().topics(SinkKind.KAFKA))
        .containsExactly("otlp_spans", "rejected-topic");
    assertThat(topicOfSpans("--outputs=spans", "--spans-format=zipkin")).isEqualTo("zipkin");
    assertThat(topicOfSpans("--spans-topic=a", "--spans-format=zipkin")).isEqualTo("a");
    assertThat(refusalOf("--outputs=spans", "--input-topic=otlp_spans"))
        .contains("otlp_spans, rejected-topic, otlp_spans; different topics are wanted");
    assertThatNoException().isThrownBy(() -> parse("--input-topic=otlp_spans"));
  }

  @Test
  void theTopicOfEdgesMustDifferWhereTheyAreWritten() {
    assertThat(refusalOf("--outputs=edges", "--edges-topic=test-topic"))
        .contains("test-topic")
        .contains("different topics");
    assertThatNoException().isThrownBy(() -> parse("--edges-topic", "test-topic"));
  }

  @Test
  void aSinkIsForAllOutputsOrByOutputAndThePlainWordForTheRest() {
    assertThat(parse().outputs().sink("links")).isEqualTo(SinkKind.KAFKA);
    assertThat(parse("--sink=print").outputs().sink("rejects")).isEqualTo(SinkKind.PRINT);
    JobOptions mixed = parse("--sink=links=files,print,chains=kafka", "--output=s3://b/o");
    assertThat(mixed.outputs().sink("links")).isEqualTo(SinkKind.FILES);
    assertThat(mixed.outputs().sink("chains")).isEqualTo(SinkKind.KAFKA);
    assertThat(mixed.outputs().sink("rejects")).isEqualTo(SinkKind.PRINT);
    assertThat(mixed.outputs().topics(SinkKind.KAFKA)).containsExactly("chains-topic");
    assertThat(mixed.outputs().writesTo(SinkKind.FILES)).isTrue();
    assertThat(mixed.shown()).containsEntry("sink", "links=files,print,chains=kafka");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "file", "links", "links=", "=kafka", "kafka,files", "links=kafka,links=files"})
  void anotherSinkIsRefused(String sink) {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--sink=" + sink))
        .withMessageContaining("kafka, rocketmq, files or print");
  }

  @Test
  void rocketmqWantsNameServersAndNameServersRocketmq() {
    for (String option : new String[] {"--source=rocketmq", "--sink=chains=rocketmq"}) {
      assertThatExceptionOfType(OptionsException.class)
          .isThrownBy(() -> parse(option))
          .withMessageContaining(option.replaceFirst("=", " ") + " wants --rocketmq-namesrv");
    }
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--rocketmq-namesrv=namesrv:9876"))
        .withMessageContaining("--source is kafka and --sink kafka");
    JobOptions options =
        parse("--source=rocketmq", "--rocketmq-namesrv=namesrv:9876", "--input-topic=linked-topic");
    assertThat(options.readsKafka()).isFalse();
    assertThat(options.usesKafka()).isTrue();
  }

  @Test
  void outputsGoToRocketmqAsMessagesThatNeedNotBeText() {
    JobOptions all =
        parse(
            "--source=rocketmq",
            "--sink=rocketmq",
            "--rocketmq-namesrv=namesrv:9876",
            "--outputs=links,spans",
            "--output-format=protobuf");
    assertThat(all.usesKafka()).isFalse();
    assertThat(all.outputs().topics(SinkKind.KAFKA)).isEmpty();
    assertThat(all.outputs().topics(SinkKind.ROCKETMQ))
        .containsExactly("linked-topic", "otlp_spans", "rejected-topic");
  }

  @Test
  void topicsMustDifferWithinKafkaAndWithinRocketmq() {
    String servers = "--rocketmq-namesrv=namesrv:9876";
    assertThatNoException()
        .isThrownBy(() -> parse("--sink=rocketmq", servers, "--output-topic=test-topic"));
    assertThat(
            refusalOf("--sink=rocketmq", servers, "--source=rocketmq", "--output-topic=test-topic"))
        .contains("test-topic")
        .contains("different topics");
  }

  @Test
  void filesWantAFolderAndAFolderFiles() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--sink=files"))
        .withMessageContaining("--output");
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--output=/tmp/o"))
        .withMessageContaining("--sink is kafka");
    assertThat(parse("--sink=files", "--output=/tmp/../o").output()).isEqualTo("file:/o");
  }

  @Test
  void aSinkOfAnOutputThatIsNotWrittenIsRefused() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--sink=spans=print"))
        .withMessageContaining("spans, which --outputs does not");
  }

  @Test
  void spansThatAreNoTextAreNotWrittenAsLines() {
    assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> parse("--outputs=spans", "--sink=print"))
        .withMessageContaining("--spans-format zipkin");
    for (String format : Arrays.asList("csv.gz", "parquet")) {
      assertThatExceptionOfType(OptionsException.class)
          .isThrownBy(
              () ->
                  parse(
                      "--outputs=spans",
                      "--sink=files",
                      "--output=/tmp/o",
                      "--file-format=" + format,
                      "--spans-format=zipkin"))
          .withMessageContaining("no rows for spans");
    }
    assertThat(
            parse("--outputs=spans", "--sink=print", "--spans-format=zipkin")
                .outputs()
                .sink("spans"))
        .isEqualTo(SinkKind.PRINT);
  }

  @Test
  void filesAreReadWhereTheSourceIsFiles() {
    assertThat(parse().readsFiles()).isFalse();
    JobOptions files = parse("--source=files", "--input=/in/**/*.csv", "--watch", "--sink=print");
    assertThat(files.readsFiles()).isTrue();
    assertThat(files.input()).isEqualTo("file:/in/**/*.csv");
    assertThat(files.watches()).isTrue();
    assertThat(files.usesKafka()).isFalse();
    assertThat(parse("--source=files", "--input=/in", "--output-topic=test-topic").usesKafka())
        .isTrue();
    for (String wrong : new String[] {"--source=files", "--input=/in", "--watch"}) {
      assertThatExceptionOfType(OptionsException.class)
          .isThrownBy(() -> parse(wrong))
          .withMessageContaining("--source");
    }
  }
}
