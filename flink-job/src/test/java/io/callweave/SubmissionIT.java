package io.callweave;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.options.OptionsException;
import io.callweave.topics.Topics;
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
}
