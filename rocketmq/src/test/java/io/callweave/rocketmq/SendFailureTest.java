package io.callweave.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import java.util.Collections;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingConnectException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.junit.jupiter.api.Test;

class SendFailureTest {
  private static final TopicSettings SETTINGS =
      new TopicSettings(
          JobOptions.parse(
              new String[] {"--sink=rocketmq", "--rocketmq-namesrv=a:1"}, Collections.emptyMap()),
          "linked");

  private static String sentence(SendFailure failure) {
    return failure.sentence(SETTINGS, new MessageQueue("linked", "broker-a", 2), 60_000);
  }

  @Test
  void aBrokerThatIsAwayIsNamedWithItsQueueAndWhatBecomesOfTheJob() {
    assertThat(sentence(new SendFailure(new RemotingConnectException("10.0.0.1:10911"))))
        .isEqualTo(
            "linked/broker-a/2 of RocketMQ at a:1 has not taken messages for 60 s"
                + " (RemotingConnectException: connect to 10.0.0.1:10911 failed); start its broker,"
                + " or see in the broker's log why it does not. The job starts again from the last"
                + " checkpoint");
  }

  @Test
  void whatWasTakenLessSafelyThanWantedSaysWhichSettingWantsIt() {
    assertThat(sentence(new SendFailure(SendStatus.FLUSH_DISK_TIMEOUT)))
        .contains("(FLUSH_DISK_TIMEOUT); its broker's disk is too slow");
    for (SendStatus status :
        new SendStatus[] {SendStatus.FLUSH_SLAVE_TIMEOUT, SendStatus.SLAVE_NOT_AVAILABLE}) {
      assertThat(sentence(new SendFailure(status)))
          .contains("(" + status + "); its broker wants a replica")
          .contains("brokerRole to ASYNC_MASTER");
    }
  }

  @Test
  void aTopicThatIsGoneOrShutIsMendedByACommand() {
    assertThat(sentence(new SendFailure(new MQBrokerException(ResponseCode.NO_PERMISSION, "no"))))
        .contains("mqadmin updateTopicPerm -n a:1 -b BROKER -t linked -p 6");
    assertThat(
            sentence(new SendFailure(new MQClientException(ResponseCode.TOPIC_NOT_EXIST, "none"))))
        .contains("mqadmin updateTopic -n a:1 -c CLUSTER -t linked");
  }
}
