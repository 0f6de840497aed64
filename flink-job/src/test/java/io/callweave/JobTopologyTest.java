package io.callweave;

import static org.assertj.core.api.Assertions.assertThat;

import io.callweave.options.JobOptions;
import io.callweave.route.InputRecord;
import io.callweave.route.RouteOperator;
import io.callweave.stage.Block;
import io.callweave.stage.ResultRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.CompositeType.FlatFieldDescriptor;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend;
import org.apache.flink.contrib.streaming.state.RocksDBStateBackend.PriorityQueueStateType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.state.filesystem.FsStateBackend;
import org.apache.flink.streaming.api.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.CheckpointConfig.ExternalizedCheckpointCleanup;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/** The job from Kafka to Kafka as it is handed to Flink. */
class JobTopologyTest {
  private static final String SECRET = "s3cret";

  private final StreamExecutionEnvironment env = new StreamExecutionEnvironment();

  @Test
  void everyOperatorHasTheUidThatItsStateIsFoundBy() {
    assertThat(build().getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .containsExactlyInAnyOrder(
            "source",
            "route",
            "rejects",
            "link",
            "assemble",
            "results",
            "attribute",
            "root",
            "chain",
            "chains");
  }

  @Test
  void everyOperatorHasAName() {
    assertThat(build().getStreamNodes())
        .extracting(StreamNode::getOperatorName)
        .containsExactlyInAnyOrder(
            "Source: Calls",
            "Route",
            "Sink: Rejects to rejected-topic as callweave",
            "Link",
            "Assemble",
            "Sink: Results to linked-topic as callweave",
            "Attribute",
            "Root",
            "Chain",
            "Sink: Chains to chains-topic as callweave");
  }

  /** Kafka would take the transactions of two such jobs for those of one. */
  @Test
  void tasksThatWriteHaveOtherNamesInAJobOfAnotherGroupOrAnotherTopic() {
    List<String> names = new ArrayList<>();
    for (String[] arguments :
        new String[][] {
          {},
          {"--group-id", "other"},
          {
            "--output-topic=other-linked",
            "--chains-topic=other-chains",
            "--rejects-topic=other-rejected"
          }
        }) {
      for (JobVertex task : new JobTopologyTest().jobGraph(arguments).getVertices()) {
        if (task.getName().contains("Sink: ")) {
          names.add(task.getName());
        }
      }
    }
    assertThat(names).hasSize(9).doesNotHaveDuplicates();
  }

  @Test
  void recordsCrossTheNetworkOnlyWhereTheyAreKeyed() {
    assertThat(jobGraph().getVerticesSortedTopologicallyFromSources())
        .extracting(JobVertex::getName)
        .containsExactlyInAnyOrder(
            "Source: Calls -> Route -> Sink: Rejects to rejected-topic as callweave",
            "Link",
            "Assemble -> Sink: Results to linked-topic as callweave",
            "Attribute",
            "Root",
            "Chain -> Sink: Chains to chains-topic as callweave");
  }

  @Test
  void aJobHasTheStagesOfItsOutputsAlone() {
    assertThat(uids("--outputs", "links"))
        .containsExactlyInAnyOrder("source", "route", "rejects", "link", "assemble", "results");
    assertThat(uids("--outputs", "chains"))
        .containsExactlyInAnyOrder(
            "source", "route", "rejects", "attribute", "root", "chain", "chains");
    assertThat(uids("--outputs", "edges"))
        .containsExactlyInAnyOrder("source", "route", "rejects", "link", "edge-windows", "edges");
    assertThat(uids("--outputs", "alerts"))
        .containsExactlyInAnyOrder(
            "source", "route", "rejects", "link", "edge-alerts", "alerts-of-edges");
    assertThat(uids("--outputs", "chains,edges,alerts"))
        .contains("edges", "entries", "alerts-of-edges", "entry-alerts", "alerts-of-entries");
    assertThat(uids("--outputs", "spans"))
        .containsExactlyInAnyOrder(
            "source", "route", "rejects", "attribute", "root", "chain", "spans");
    assertThat(uids("--outputs", "chains,spans"))
        .contains("chains", "spans")
        .doesNotContain("link");
    assertThat(uids("--outputs", "links,chains,edges"))
        .containsExactlyInAnyOrder(
            "source",
            "route",
            "rejects",
            "link",
            "assemble",
            "results",
            "edge-windows",
            "edges",
            "attribute",
            "root",
            "chain",
            "chains",
            "entry-windows",
            "entries");
  }

  /** What one kind has not committed yet the other could not. */
  @Test
  void aSinkOfAnotherKindHasAnotherUid() {
    assertThat(
            uids(
                "--outputs=links,chains,edges",
                "--sink=files,chains=print,links=kafka",
                "--output=/tmp/of-the-user"))
        .contains("results", "chains-print", "edges-files", "entries-files", "rejects-files");
    assertThat(uids("--source=files", "--input=/tmp/of-the-user")).contains("source-files");
  }

  private static List<String> uids(String... arguments) {
    return new JobTopologyTest()
        .build(arguments).getStreamNodes().stream()
            .map(StreamNode::getTransformationUID)
            .collect(Collectors.toList());
  }

  @Test
  void blocksHardlyWaitForABufferToFill() {
    assertThat(build().getStreamNodes()).extracting(StreamNode::getBufferTimeout).containsOnly(20L);
  }

  @Test
  void whoSetABufferTimeoutKeepsIt() {
    Configuration cluster = new Configuration();
    cluster.setString("execution.buffer-timeout", "7 ms");
    env.configure(cluster, getClass().getClassLoader());
    assertThat(build().getStreamNodes()).extracting(StreamNode::getBufferTimeout).containsOnly(7L);
  }

  @Test
  void theMaximumParallelismIsHighlyDivisible() {
    for (JobVertex vertex : jobGraph("--parallelism", "3").getVertices()) {
      assertThat(vertex.getMaxParallelism()).isEqualTo(720);
      assertThat(vertex.getParallelism()).isEqualTo(vertex.getName().equals("Root") ? 1 : 3);
    }
  }

  @Test
  void withoutTheOptionTheParallelismIsThatOfTheCluster() {
    env.setParallelism(5);
    for (JobVertex vertex : jobGraph().getVertices()) {
      assertThat(vertex.getParallelism()).isEqualTo(vertex.getName().equals("Root") ? 1 : 5);
    }
  }

  @Test
  void noTypeIsLeftToKryo() {
    build();
    assertThat(env.getConfig().hasGenericTypesDisabled()).isTrue();
    assertPojo(Types.POJO(InputRecord.class));
    assertPojo(Types.POJO(ResultRecord.class));
    assertPojo(Block.type());
    assertPojo(RouteOperator.REJECTS.getTypeInfo());
  }

  @Test
  void stateAndCheckpointsAreAsTheJobNeedsThem() {
    build("--checkpoint-interval-ms", "1234", "--checkpoint-dir", "file:///tmp/of-the-user");
    CheckpointConfig checkpoints = env.getCheckpointConfig();
    assertThat(checkpoints.getCheckpointInterval()).isEqualTo(1234);
    assertThat(checkpoints.getCheckpointingMode()).isEqualTo(CheckpointingMode.EXACTLY_ONCE);
    assertThat(checkpoints.getMaxConcurrentCheckpoints()).isEqualTo(1);
    assertThat(checkpoints.isUnalignedCheckpointsEnabled()).isFalse();
    assertThat(checkpoints.getExternalizedCheckpointCleanup())
        .isEqualTo(ExternalizedCheckpointCleanup.RETAIN_ON_CANCELLATION);

    assertThat(env.getStateBackend()).isInstanceOf(RocksDBStateBackend.class);
    RocksDBStateBackend backend =
        ((RocksDBStateBackend) env.getStateBackend())
            .configure(new Configuration(), getClass().getClassLoader());
    assertThat(backend.isIncrementalCheckpointsEnabled()).isTrue();
    assertThat(backend.getPriorityQueueStateType()).isEqualTo(PriorityQueueStateType.HEAP);
    FsStateBackend checkpointed = (FsStateBackend) backend.getCheckpointBackend();
    assertThat(checkpointed.getCheckpointPath()).hasToString("file:/tmp/of-the-user");
  }

  @Test
  void theUiShowsTheOptionsButNoSecret() {
    build("--max-links", "77", "--kafka.ssl.key.password", SECRET);
    assertThat(env.getConfig().getGlobalJobParameters().toMap())
        .containsEntry("max-links", "77")
        .doesNotContainKey("kafka.ssl.key.password")
        .doesNotContainValue(SECRET);
  }

  private static void assertPojo(TypeInformation<?> type) {
    assertThat(type).isInstanceOf(PojoTypeInfo.class);
    for (FlatFieldDescriptor field : ((PojoTypeInfo<?>) type).getFlatFields("*")) {
      assertThat(field.getType()).isNotInstanceOf(GenericTypeInfo.class);
    }
  }

  private StreamGraph build(String... arguments) {
    CallweaveJob.build(env, JobOptions.parse(arguments, Collections.emptyMap()));
    return env.getStreamGraph("callweave", false);
  }

  private JobGraph jobGraph(String... arguments) {
    return build(arguments).getJobGraph();
  }
}
