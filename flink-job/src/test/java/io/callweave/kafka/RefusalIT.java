package io.callweave.kafka;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.callweave.options.JobOptions;
import io.callweave.sink.RefusedRecordException;
import java.util.Collections;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whether a restart helps after a record that a real broker would refuse as too large. */
class RefusalIT {
  private static KafkaBroker broker;
  private static Topics topics;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.start();
    topics = new Topics(broker.bootstrap());
  }

  @AfterAll
  static void stopBroker() {
    topics.close();
    broker.close();
  }

  private static RecordLimit limitOf(String topic) {
    topics.createTopic(topic, 1);
    topics.setMaxMessageBytes(topic, 5_000);
    JobOptions options =
        JobOptions.parse(
            new String[] {"--bootstrap=" + broker.bootstrap()}, Collections.emptyMap());
    RecordLimit limit =
        new RecordLimit(topic, options.adminProperties(), options.producerProperties());
    limit.ask();
    return limit;
  }

  private static Refusal tooLarge(RecordLimit limit) {
    return new Refusal(new RecordTooLargeException("refused"), limit);
  }

  @Test
  void aLimitThatWasLoweredIsNoEndHoweverOftenTheSameFailureIsSeen() throws Exception {
    RecordLimit limit = limitOf("lowered");
    topics.setMaxMessageBytes("lowered", 2_000);
    // A sink meets a failure in the next record, in the checkpoint, and when it is closed.
    for (int seen = 0; seen < 3; seen++) {
      assertThatCode(() -> tooLarge(limit).endIfFinal()).doesNotThrowAnyException();
    }
  }

  @Test
  void aLimitThatIsWhatItWasIsTheEnd() throws Exception {
    RecordLimit limit = limitOf("unchanged");
    assertThatExceptionOfType(RefusedRecordException.class)
        .isThrownBy(() -> tooLarge(limit).endIfFinal())
        .withMessageContaining("only up to 5000");
  }
}
