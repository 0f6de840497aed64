"""A live stream at rates that go up until one is not held: the simulator, the broker and Flink share the
machine."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from typing import Sequence

from rigs.bench.bench import Bench, live
from rigs.bench.bench_cluster import PARTITIONS, BenchCluster
from rigs.bench.rows import RealtimeRow, read_delays
from rigs.flink.daemons import JOBMANAGER, cpu_ms, is_alive, rss_bytes
from rigs.flink.fields import as_object
from rigs.flink.job import RunningJob, restart_complaint
from rigs.flink.model import Checkpoint
from rigs.kafka.load import simulate
from rigs.messages import Failure, show_tail, step, warn
from rigs.processes import Child
from rigs.trials import now_ms

# How much further than at first the watermark may be behind the clock.
MOST_GROWTH_MS = 2000
# Of the rate that was asked for, so much must come from the simulator and go through.
LEAST_TAKEN = 0.98
LOOK_EVERY_S = 5
# The simulator writes what it has before it ends.
STREAM_GRACE_S = 30
# Less than that over the 8000 addresses of the dense set would hardly link.
LEAST_DENSE_RATE = 5001


def bench_realtime(bench: Bench) -> None:
    cluster = BenchCluster(bench)
    for rate in bench.plan.rates:
        step(f"{rate} calls a second")
        cluster.start_cluster()
        if not Stream(bench, cluster, rate).run():
            break


@dataclass
class Seen:
    """What was seen of a stream while it went on."""

    lags_ms: list[int] = field(default_factory=list)
    checkpoint_ms: list[int] = field(default_factory=list)
    checkpoint_bytes: list[int] = field(default_factory=list)
    highest_rss: int = 0
    last_checkpoint: int | None = None

    def see(self, lag_ms: int | None, rss: int | None, checkpoint: Checkpoint | None) -> None:
        """A checkpoint counts once; one whose figures are missing does not."""
        if lag_ms is not None:
            self.lags_ms.append(lag_ms)
        self.highest_rss = max(self.highest_rss, rss or 0)
        if checkpoint is None or checkpoint.id in (None, self.last_checkpoint):
            return
        self.last_checkpoint = checkpoint.id
        if checkpoint.took_ms is not None and checkpoint.written_bytes is not None:
            self.checkpoint_ms.append(checkpoint.took_ms)
            self.checkpoint_bytes.append(checkpoint.written_bytes)

    def is_whole(self) -> bool:
        return bool(self.lags_ms and self.checkpoint_ms)


def lag_at_ends(lags_ms: Sequence[int]) -> tuple[int, int]:
    """The medians of the first and the last third.

    >>> lag_at_ends([1, 2, 3, 50, 50, 50, 7, 8, 9]), lag_at_ends([5])
    ((2, 8), (5, 5))
    """
    number = len(lags_ms)
    return median_low(lags_ms[: (number + 2) // 3]), median_low(lags_ms[number * 2 // 3 :])


def is_sustained(lag_begin_ms: int, lag_end_ms: int, taken: int, rate: int, elapsed_ms: int) -> bool:
    """Whether the watermark kept up with the clock, and the rate that was asked for went through.

    >>> is_sustained(500, 2500, 980, 100, 10_000), is_sustained(500, 2501, 980, 100, 10_000)
    (True, False)
    >>> is_sustained(500, 500, 979, 100, 10_000)
    False
    """
    return lag_end_ms <= lag_begin_ms + MOST_GROWTH_MS and taken * 1000 >= rate * elapsed_ms * LEAST_TAKEN


@dataclass(frozen=True)
class Span:
    """What was counted when the measurement began, or while it went on."""

    at_ms: int
    taken: int
    taskmanager_ms: int
    jobmanager_ms: int
    broker_ms: int

    def since(self, before: Span) -> Span:
        return Span(
            self.at_ms - before.at_ms,
            self.taken - before.taken,
            self.taskmanager_ms - before.taskmanager_ms,
            self.jobmanager_ms - before.jobmanager_ms,
            self.broker_ms - before.broker_ms,
        )


class Stream:
    """Live traffic and the job on it."""

    def __init__(self, bench: Bench, cluster: BenchCluster, rate: int) -> None:
        self._bench = bench
        self._cluster = cluster
        self._rate = rate
        self._set = "dense" if rate >= LEAST_DENSE_RATE else "mid"
        self._name = f"realtime-{rate}"
        self._taskmanager = cluster.start_taskmanager()
        for topic in ("calls", "linked", "rejected"):
            cluster.testbed.kafka.create_topic(
                f"{topic}-{self._name}",
                PARTITIONS,
                *("--config", "message.timestamp.type=LogAppendTime", "--config", "max.message.bytes=16777216"),
            )
        self._simulator = self._start_load()
        self._job: RunningJob = cluster.submit(self._name, self._name, cluster.jar.job)

    def run(self) -> bool:
        """Measures; whether the rate was held. A row where there is something to tell."""
        # Half a minute until the first call is written, and the compiler works.
        time.sleep(self._bench.plan.pick(40, 90))
        before, seen = self._count(), Seen()
        self._watch(seen)
        open_calls, state_bytes = self._job.metrics().open_calls, self._job.retained_bytes() or 0
        after = self._count()
        trouble = self._trouble(seen)
        # What the watermark has passed by now is to be written, too.
        time.sleep(LOOK_EVERY_S)
        self._bench.run.children.stop(self._simulator, grace_s=STREAM_GRACE_S)
        self._job.cancel()
        row = None
        if trouble:
            warn(f"{self._rate} calls a second: {trouble}")
        else:
            row = self._row(before, after, seen, open_calls, state_bytes)
            self._bench.add(row)
        self._cluster.testbed.kafka.delete_topics(f".*-{self._name}")
        return row is not None and row.sustained

    def _start_load(self) -> Child:
        traffic = ("--stream", "--rate", str(self._rate), *live(self._set))
        bootstrap = self._cluster.testbed.broker.bootstrap
        command = simulate(self._bench.callweave, bootstrap, f"calls-{self._name}", *traffic)
        return self._bench.run.children.start_logged(command, self._log)

    def _watch(self, seen: Seen) -> None:
        end = time.monotonic() + self._bench.plan.minutes * 60
        while time.monotonic() < end:
            time.sleep(LOOK_EVERY_S)
            self._check_alive()
            lag_ms = self._job.metrics().lag_ms("wallClockLagMs")
            seen.see(lag_ms, rss_bytes(self._taskmanager), self._job.last_checkpoint())

    def _check_alive(self) -> None:
        if not is_alive(self._taskmanager):
            raise Failure(f"the TaskManager has ended: see {self._cluster.testbed.cluster.log}")
        if not self._simulator.is_alive():
            show_tail([self._log])
            raise Failure("the simulator has ended: see above")

    def _trouble(self, seen: Seen) -> str | None:
        """Why there is nothing to measure."""
        complaint = restart_complaint(self._job.restarts(), self._job.failure())
        if complaint:
            return complaint
        if not seen.is_whole():
            return f"the job told no watermark or had no checkpoint in {self._bench.plan.minutes} min"
        return None

    def _count(self) -> Span:
        testbed = self._cluster.testbed
        return Span(
            at_ms=now_ms(),
            taken=self._cluster.count_records(f"calls-{self._name}"),
            taskmanager_ms=cpu_ms([self._taskmanager]),
            jobmanager_ms=cpu_ms(testbed.cluster.pids(JOBMANAGER)),
            broker_ms=cpu_ms([testbed.broker.pid]),
        )

    def _row(self, before: Span, after: Span, seen: Seen, open_calls: int, state_bytes: int) -> RealtimeRow:
        spent = after.since(before)
        lag_begin_ms, lag_end_ms = lag_at_ends(seen.lags_ms)
        topics = (f"calls-{self._name}", f"linked-{self._name}")
        delays = self._cluster.measure(*topics, before.at_ms, after.at_ms)
        return RealtimeRow(
            rate=self._rate,
            set=self._set,
            sustained=is_sustained(lag_begin_ms, lag_end_ms, spent.taken, self._rate, spent.at_ms),
            taken=spent.taken * 1000 // spent.at_ms,
            lag_begin_ms=lag_begin_ms,
            lag_end_ms=lag_end_ms,
            checkpoint_ms=seen.checkpoint_ms,
            checkpoint_bytes=seen.checkpoint_bytes,
            open=open_calls,
            state_bytes=state_bytes,
            rss_bytes=seen.highest_rss,
            wall_s=spent.at_ms / 1000,
            taskmanager_cpu_s=spent.taskmanager_ms / 1000,
            jobmanager_cpu_s=spent.jobmanager_ms / 1000,
            broker_cpu_s=spent.broker_ms / 1000,
            delays=read_delays(as_object(json.loads(delays))),
        )

    @property
    def _log(self) -> Path:
        return self._bench.run.log / f"simulate-{self._name}.out"
