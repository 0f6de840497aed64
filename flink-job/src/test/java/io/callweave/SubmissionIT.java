package io.callweave;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.kafka.preflight.Topics;
import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What cannot work at this broker is refused before the job is submitted, with its cure. */
class SubmissionIT {
  private static final String NAME = "submission";

  @RegisterExtension static final KafkaAndFlink PARTS = new KafkaAndFlink();

  @BeforeAll
  static void makeInput() {
    PARTS.topics().createTopic(NAME, 2);
  }

  private static JobOptions options(String... more) {
    return PARTS.options(NAME, more);
  }

  private static ThrowableAssertAlternative<OptionsException> assertRefused(JobOptions options) {
    return assertThatExceptionOfType(OptionsException.class)
        .isThrownBy(() -> new Topics(options).prepare());
  }

  @Test
  void aMissingInputTopicIsNamed() {
    assertRefused(PARTS.options("nowhere"))
        .withMessageContaining("the input topic nowhere does not exist")
        .withMessageContaining("--input-topic");
  }

  @Test
  void aTransactionTimeoutAboveTheBrokersLimitIsRefusedWithBoth() {
    assertRefused(options("--kafka.transaction.timeout.ms=900001"))
        .withMessageContaining("transaction.timeout.ms is 900001")
        .withMessageContaining("at most 900000")
        .withMessageContaining("transaction.max.timeout.ms");
  }

  @Test
  void aTransactionThatWouldEndBeforeItsCheckpointIsRefused() {
    assertRefused(options("--kafka.transaction.timeout.ms=30000", "--checkpoint-interval-ms=30000"))
        .withMessageContaining("transaction.timeout.ms is 30000")
        .withMessageContaining("--checkpoint-interval-ms 30000");
  }

  @Test
  void withoutTransactionsTheirLimitsDoNotMatter() {
    assertThatCode(
            () ->
                new Topics(
                        options(
                            "--delivery=at-least-once", "--kafka.transaction.timeout.ms=900001"))
                    .prepare())
        .doesNotThrowAnyException();
  }

  @Test
  void whatNoTransactionCanBeWrittenWithIsRefused() {
    assertRefused(options("--kafka.acks=1")).withMessageContaining("acks");
    assertRefused(options("--kafka.enable.idempotence=false"))
        .withMessageContaining("without also enabling idempotence");
    assertRefused(options("--kafka.max.in.flight.requests.per.connection=6"))
        .withMessageContaining("max.in.flight.requests.per.connection");
  }

  @Test
  void aValueThatOnlyTheProducerWouldReadIsRefusedByItsName() {
    assertRefused(options("--kafka.linger.ms=soon"))
        .withMessageContaining("Invalid value soon for configuration linger.ms")
        .withMessageContaining("--kafka.NAME");
  }

  @Test
  void aResultTopicThatTakesOnlySmallRecordsIsRefusedWithWhatMendsIt() {
    JobOptions options = withTopic("small-results", "-linked", "max.message.bytes", "500000");
    assertRefused(options)
        .withMessageContaining("the result topic small-results-linked has max.message.bytes=500000")
        .withMessageContaining("--max-links 1000")
        .withMessageContaining(
            "kafka-configs.sh --bootstrap-server "
                + options.bootstrap()
                + " --alter --entity-type topics --entity-name small-results-linked --add-config"
                + " max.message.bytes=526192");
    assertThatCode(() -> new Topics(PARTS.options("small-results", "--max-links=900")).prepare())
        .doesNotThrowAnyException();
  }

  @Test
  void aRejectsTopicThatTakesNoWholeRecordIsRefusedWithWhatMendsIt() {
    assertRefused(withTopic("small-rejects", "-rejected", "max.message.bytes", "69631"))
        .withMessageContaining(
            "the rejects topic small-rejects-rejected has max.message.bytes=69631")
        .withMessageContaining("--max-record-bytes 65536")
        .withMessageContaining("--add-config max.message.bytes=69632");
    PARTS.topics().setMaxMessageBytes("small-rejects-rejected", 69_632);
    assertThatCode(() -> new Topics(PARTS.options("small-rejects")).prepare())
        .doesNotThrowAnyException();
  }

  @Test
  void aCompactedTopicIsRefusedWithTheReason() {
    assertRefused(withTopic("compact-results", "-linked", "cleanup.policy", "compact"))
        .withMessageContaining("the result topic compact-results-linked has cleanup.policy=compact")
        .withMessageContaining("deletes all but one of the results with the same id")
        .withMessageContaining("--add-config cleanup.policy=delete");
    assertRefused(withTopic("compact-rejects", "-rejected", "cleanup.policy", "compact,delete"))
        .withMessageContaining("rejects topic compact-rejects-rejected has cleanup.policy=compact")
        .withMessageContaining("rejects have no key");
  }

  @Test
  void aProducerThatSendsOnlySmallRecordsIsRefused() {
    assertRefused(options("--kafka.max.request.size=500000"))
        .withMessageContaining("max.request.size is 500000")
        .withMessageContaining("set --kafka.max.request.size 526192");
    assertRefused(options("--kafka.buffer.memory=65536"))
        .withMessageContaining("buffer.memory is 65536");
  }

  /** A job of this name whose result or rejects topic exists with this setting. */
  private static JobOptions withTopic(String name, String kind, String setting, String value) {
    PARTS.topics().createTopic(name, 1);
    PARTS.topics().createTopic(name + kind, 1);
    PARTS.topics().configure(name + kind, setting, value);
    return PARTS.options(name);
  }
}
