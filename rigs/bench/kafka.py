"""From Kafka to Kafka, exactly once, on a stock cluster.

The job and two that only copy, with Flink's own source and sink and with the job's, are all kept up, each
stopped while another runs, and take turns with one backlog after the other.
"""

from __future__ import annotations

import time

from rigs.bench.bench import END_OF_SETS_MS, MAIN_SETS, RATES, Bench, topology
from rigs.bench.bench_cluster import PARTITIONS, BenchCluster, Side
from rigs.bench.rows import KafkaRow
from rigs.flink.daemons import cpu_ms
from rigs.flink.job import restart_complaint
from rigs.kafka.load import simulate
from rigs.messages import Failure, step
from rigs.trials import now_ms

CALLWEAVE, STOCK, PASS_THROUGH = "callweave", "stock-pass-through", "pass-through"
COPIES = {STOCK: "io.callweave.bench.StockPassThroughJob", PASS_THROUGH: "io.callweave.bench.PassThroughJob"}
# What the job writes of a backlog only with the next one: it waits with so many calls.
BEHIND = 200


def bench_kafka(bench: Bench) -> None:
    cluster = BenchCluster(bench)
    plan = bench.plan
    for name in MAIN_SETS:
        step(name)
        cluster.start_cluster()
        cluster.testbed.kafka.create_topic(f"calls-{name}", PARTITIONS)
        turns = Turns(bench, cluster, name)
        for round_number in range(plan.pick(1, 3) + 1):
            turns.take(round_number, plan.pick(300_000, 5_000_000))
        turns.end()


class Turns:
    """All sides on one set."""

    def __init__(self, bench: Bench, cluster: BenchCluster, name: str) -> None:
        self._bench = bench
        self._cluster = cluster
        self._set = name
        self._event_ms = END_OF_SETS_MS
        # On a topic that is empty as yet.
        self._sides = [self._start(name) for name in (CALLWEAVE, *COPIES)]

    def take(self, round_number: int, calls: int) -> None:
        """A backlog, and each side once."""
        self._add_backlog(calls)
        for side in self._sides:
            self._bench.add(self._run(side, round_number, calls))

    def end(self) -> None:
        """A run with a restart or a rejected call is no measurement."""
        for side in self._sides:
            side.thaw()
            complaint = restart_complaint(side.job.restarts(), side.job.failure())
            if complaint:
                raise Failure(f"{side.name}: {complaint}")
            if self._cluster.count_records(f"rejected-{side.name}-{self._set}") != 0:
                raise Failure(f"{side.name}-{self._set}: calls were rejected, and all of them are valid")
            side.job.cancel()
        self._cluster.testbed.kafka.delete_topics(f".*-{self._set}")

    def _start(self, name: str) -> Side:
        cluster, testbed = self._cluster, self._cluster.testbed
        taskmanager = cluster.start_taskmanager()
        if name in COPIES:
            jar = ["-C", f"file://{cluster.jar.job}", "-c", COPIES[name], str(cluster.jar.bench)]
        else:
            jar = [str(cluster.jar.job)]
        job = cluster.submit(f"{name}-{self._set}", self._set, *jar)
        # Once it has written a checkpoint, its transactions are open.
        testbed.await_first_checkpoint(job)
        side = Side(name, taskmanager, job)
        freeze(side)
        return side

    def _add_backlog(self, calls: int) -> None:
        """They go on minutes after those before them. Behind them stand some of minutes later, so that time passes
        the end of all others: the job waits with no call, neither for the silence of the topic nor for the clock."""
        rate = RATES[self._set]
        self._event_ms += 600_000 + calls * 1000 // rate
        self._write(rate, calls)
        self._event_ms += 300_000
        self._write(BEHIND, BEHIND)

    def _write(self, rate: int, calls: int) -> None:
        topic = f"calls-{self._set}"
        shape = ("--rate", str(rate), "--calls", str(calls), "--end-at-ms", str(self._event_ms))
        kind = ("--topology", topology(self._set), "--id", "counter", "--address", "ipv4", "--seed", "1")
        command = simulate(self._bench.callweave, self._cluster.testbed.broker.bootstrap, topic, *kind, *shape)
        log = self._bench.run.log / "simulate.out"
        self._bench.must(command, log, f"the simulator did not fill the topic {topic}")

    def _run(self, side: Side, round_number: int, calls: int) -> KafkaRow:
        """Lets its TaskManager go until it has written so many."""
        cluster, broker = self._cluster, [self._cluster.testbed.broker.pid]
        result = f"linked-{side.name}-{self._set}"
        wanted = cluster.count_records(result) + written_of_backlog(side.name, round_number, calls)
        flink_ms, broker_ms, began_ms = cluster.flink_cpu_ms(side.taskmanager), cpu_ms(broker), now_ms()
        side.thaw()
        cluster.await_records(result, wanted, side.job)
        row = KafkaRow(
            set=self._set,
            side=side.name,
            round=round_number,
            calls=calls,
            wall_s=(now_ms() - began_ms) / 1000,
            flink_cpu_s=(cluster.flink_cpu_ms(side.taskmanager) - flink_ms) / 1000,
            broker_cpu_s=(cpu_ms(broker) - broker_ms) / 1000,
        )
        freeze(side)
        return row


def freeze(side: Side) -> None:
    """Once its last records are with the broker."""
    time.sleep(1)
    side.freeze()


def written_of_backlog(side: str, round_number: int, calls: int) -> int:
    """How many results a side writes in a round: those behind the backlog are of the next round where the job
    waits with them, and the first round has none before it.

    >>> [written_of_backlog(CALLWEAVE, number, 1000) for number in (0, 1)], written_of_backlog(PASS_THROUGH, 0, 1000)
    ([1000, 1200], 1200)
    """
    return calls if side == CALLWEAVE and round_number == 0 else calls + BEHIND
