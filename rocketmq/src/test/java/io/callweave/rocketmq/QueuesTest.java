package io.callweave.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.rocketmq.common.message.MessageQueue;
import org.junit.jupiter.api.Test;

class QueuesTest {
  private static MessageQueue queue(String broker, int number) {
    return new MessageQueue("calls", broker, number);
  }

  @Test
  void eachQueueIsReadByOneSubtaskAndThoseOfABrokerGoRound() {
    for (String broker : Arrays.asList("broker-a", "broker-b", "Broker.7")) {
      int[] queuesOfSubtasks = new int[3];
      for (int number = 0; number < 9; number++) {
        int split = Queues.split(queue(broker, number));
        assertThat(split).isNotNegative();
        for (int subtask = 0; subtask < 3; subtask++) {
          queuesOfSubtasks[subtask] += Queues.isOwn(split, subtask, 3) ? 1 : 0;
        }
      }
      assertThat(queuesOfSubtasks).containsExactly(3, 3, 3);
    }
  }

  @Test
  void brokersWithNamesThatFollowEachOtherHaveDifferentSplits() {
    List<MessageQueue> queues = new ArrayList<>();
    for (char broker = 'a'; broker <= 'z'; broker++) {
      queues.add(queue("broker-" + broker, 0));
      queues.add(queue("broker-" + broker, 4095));
    }
    assertThat(Queues.bySplit(queues)).hasSize(queues.size());
  }

  @Test
  void brokersOfOneHashAndNumbersBeyondTheLargestAreRefused() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> Queues.bySplit(Arrays.asList(queue("Aa", 0), queue("BB", 0))))
        .withMessageContaining("Aa")
        .withMessageContaining("BB")
        .withMessageContaining("rename one of them");
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> Queues.bySplit(Collections.singletonList(queue("a", 4096))))
        .withMessageContaining("numbers up to 4095");
  }
}
