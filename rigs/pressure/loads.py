"""The loads of scripts/pressure: one table, a function for each.

Each starts the job and writes its load, which has ended when it returns.
"""

from __future__ import annotations

import re
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

from rigs.bench.bench import topology
from rigs.flink.daemons import forget_highest_rss, highest_rss_bytes
from rigs.flink.job import RunningJob
from rigs.kafka.load import TROUBLES, simulate
from rigs.messages import Failure, say, show_tail
from rigs.pressure.judgement import Watch
from rigs.processes import Argument, Child
from rigs.trials import TestBed

PARALLELISM = 2
PARTITIONS = 5
# Of all Kafka clients of the job, so that a quota meets them and not the simulator.
CLIENT_ID = "pressed-job"
SLOW_S = 40
BURST_S = 15
BACKLOG_S = 3600
BACKLOG_RATE = 100
# A simulator writes what it has before it ends.
LOAD_GRACE_S = 30

# More than the memory of a TaskManager holds at once of open calls, and of calls of many parents.
DENSE_RATE, DENSE_CALLS, DENSE_CALLS_OF_ALL_OUTPUTS = 200_000, 4_000_000, 400_000

# Shorter than the time for which the broker is slow: a job that took back pressure for silence would
# write early, and find late what comes then. The calls of these loads come within 8 s.
OUT_OF_ORDER_MS = 10_000
SOON = ("--max-delay-ms", "1000")
SHORT_DISORDER = ("--max-out-of-order-ms", str(OUT_OF_ORDER_MS))
JOB_OPTIONS = ("--idle-flush-ms", "10000", "--checkpoint-interval-ms", "2000", "--kafka.client.id", CLIENT_ID)

HOT_ADDRESS = """\
services:
  - {name: Client, instances: 100}
  - {name: Service, instances: 100}
  - {name: Hot, instances: 1}
  - {name: Store, instances: 100}
client: Client
work:
  lognormal: {median_ms: 12, sigma: 0.8}
  stuck: {share: 0.05, from_ms: 300, to_ms: 1000}
root:
  to: Service
  calls:
    - to: Hot
      calls:
        - to: Store
"""


@dataclass(frozen=True)
class Topologies:
    """Files of calls of at most a second of work, so that all come within 8 s."""

    even: Path
    hot: Path


def write_topologies(testbed: TestBed) -> Topologies:
    even, hot = testbed.run.folder / "even.yaml", testbed.run.folder / "hot.yaml"
    code, printed = testbed.run.children.capture([testbed.callweave, "simulate", "--print-topology"])
    if code != 0 or "to_ms: 20000" not in printed:
        raise Failure("callweave simulate --print-topology has no 'to_ms: 20000', which is to become a second")
    even.write_text(printed.replace("to_ms: 20000", "to_ms: 1000"))
    hot.write_text(HOT_ADDRESS)
    return Topologies(even, hot)


class Press:
    """The job under one load, the simulators of that load, and what is seen meanwhile."""

    def __init__(
        self, testbed: TestBed, topologies: Topologies, kind: Kind, rate: int, seed: int, taskmanager: int
    ) -> None:
        self.testbed = testbed
        self.even = topologies.even
        self.hot = topologies.hot
        self.kind = kind.name
        self._options = (*JOB_OPTIONS, *kind.options, "--outputs", kind.outputs + kind.more_outputs)
        self.rate = rate
        self._seed = seed
        self._taskmanager = taskmanager
        self._loads = 0
        self._simulator: Child | None = None
        self._job: RunningJob | None = None
        self.loaded = 0
        self.watch = Watch(observed_at_s=time.monotonic())

    @property
    def job(self) -> RunningJob:
        assert self._job is not None, "the job was not started yet"
        return self._job

    def start_job(self) -> None:
        """Once for each kind, at its time."""
        forget_highest_rss(self._taskmanager)
        self._job = self.testbed.run_job(self.kind, PARALLELISM, self._options)

    def start_load(self, rate: int, topology: Path, *options: str) -> None:
        """Live traffic until `end_load`. One simulator at a time writes a topic: of two, the slower one could
        bring calls late."""
        command = self._next_load(rate, topology, "--stream", *options)
        self._simulator = self.testbed.run.children.start_logged(command, self._log)

    def end_load(self) -> None:
        assert self._simulator is not None, "there is no load"
        self.testbed.run.children.stop(self._simulator, grace_s=LOAD_GRACE_S)
        self._count_load()

    def write_load(self, rate: int, topology: Path, calls: int, *options: str) -> None:
        """As fast as the broker takes it."""
        command = self._next_load(rate, topology, "--calls", str(calls), *options)
        self.testbed.run.children.run_logged(command, self._log)
        self._count_load()

    def watch_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._observe()
            time.sleep(1)

    def watch_until_out(self, limit_s: float) -> bool:
        """Whether all of the load came out in time, as far as the job says."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if self._observe():
                return True
            time.sleep(1)
        return False

    def result_bytes(self) -> int:
        """What the broker has of the results, those of open transactions included."""
        return self.testbed.broker.topic_bytes(f"linked-{self.kind}")

    def _observe(self) -> bool:
        metrics = self.job.metrics()
        rss = highest_rss_bytes(self._taskmanager)
        if rss is None:
            raise Failure(f"the TaskManager has ended: see {self.testbed.cluster.log}")
        is_pressed = self.testbed.cluster.rest.source_is_pressed(self.job.id, PARALLELISM)
        self.watch.see(time.monotonic(), metrics.open_calls, rss, is_pressed)
        return metrics.all_is_out(self.loaded)

    @property
    def _log(self) -> Path:
        return self.testbed.run.log / f"load-{self.kind}-{self._loads}.out"

    def _next_load(self, rate: int, topology: Path, *options: str) -> list[Argument]:
        self._loads += 1
        shape = ("--rate", str(rate), "--topology", str(topology))
        seed = ("--seed", str(self._seed * 100 + self._loads))
        topic = f"calls-{self.kind}"
        return simulate(
            self.testbed.callweave, self.testbed.broker.bootstrap, topic, *shape, *seed, *TROUBLES, *options
        )

    def _count_load(self) -> None:
        records = read_acknowledged(self._log.read_text(errors="replace"))
        if records is None:
            show_tail([self._log])
            raise Failure("the simulator did not write all of its load: see above")
        self.loaded += records


def read_acknowledged(text: str) -> int | None:
    """How many records a simulator says that it has written; None where not all were acknowledged.

    >>> read_acknowledged("records: 12, acknowledged: 12; calls"), read_acknowledged("records: 12, acknowledged: 11; c")
    (12, None)
    """
    match = re.search(r"records: (\d+), acknowledged: \1;", text)
    return int(match.group(1)) if match else None


def slow_result_broker(press: Press) -> None:
    # At twice the rate: Flink's buffers between the operators take in much before the source has to wait.
    kafka, measured_s = press.testbed.kafka, 10
    press.start_job()
    press.start_load(press.rate * 2, press.even, *SOON)
    press.watch_for(20)
    before = press.result_bytes()
    press.watch_for(measured_s)
    bytes_per_s = (press.result_bytes() - before) // measured_s
    if bytes_per_s <= 0:
        raise Failure(f"the job wrote nothing within 30 s: see {press.testbed.cluster.log}")
    slow = bytes_per_s // 10 + 1
    say(f"  {bytes_per_s} bytes of results a second; from now {slow}")
    kafka.limit_producer(CLIENT_ID, slow)
    press.watch_for(SLOW_S)
    kafka.free_producer(CLIENT_ID)
    say(f"  no limit any more; the source waited for {press.watch.pressed_s:.0f} s so far")
    press.watch_for(10)
    press.end_load()


def hot_address(press: Press) -> None:
    press.start_job()
    press.start_load(press.rate, press.hot, *SOON)
    press.watch_for(30)
    press.end_load()


def burst(press: Press) -> None:
    press.start_job()
    for rate, seconds in ((press.rate, 15), (press.rate * 10, BURST_S), (press.rate, 10)):
        press.start_load(rate, press.even, *SOON)
        press.watch_for(seconds)
        press.end_load()


def backlog(press: Press) -> None:
    press.write_load(BACKLOG_RATE, press.even, BACKLOG_S * BACKLOG_RATE, *SOON)
    press.start_load(press.rate, press.even, *SOON)
    press.start_job()
    press.watch_for(30)
    press.end_load()


def skewed_partitions(press: Press) -> None:
    press.start_job()
    press.start_load(press.rate, press.even, *SOON, "--hot-partition", "0.9")
    press.watch_for(30)
    press.end_load()


def dense_backlog(press: Press) -> None:
    press.write_load(DENSE_RATE, topology("dense"), DENSE_CALLS)
    press.start_job()


def all_outputs(press: Press) -> None:
    press.write_load(DENSE_RATE, topology("dense"), DENSE_CALLS_OF_ALL_OUTPUTS)
    press.start_job()


@dataclass(frozen=True)
class Kind:
    """`must_press` where the source has to feel the load; `options` are of the job and its judge, `outputs` those that
    the judge can work out, too, and `more_outputs` those that it cannot."""

    name: str
    sentence: str
    press: Callable[[Press], None]
    must_press: bool = False
    options: Sequence[str] = SHORT_DISORDER
    outputs: str = "links,chains"
    more_outputs: str = ""
    drain_limit_s: int = 300


KINDS = (
    Kind(
        "slow-result-broker",
        "twice the rate; for 40 s Kafka takes a tenth of the results that it took before",
        slow_result_broker,
        must_press=True,
    ),
    Kind("hot-address", "one address gets a hundred times the calls of any other", hot_address),
    Kind("burst", "ten times the rate for 15 s", burst),
    Kind("backlog", "the job starts behind an hour of calls, and live ones go on behind them", backlog),
    Kind("skewed-partitions", "one of five partitions has 90 % of the records", skewed_partitions),
    Kind(
        "dense-backlog",
        "the job starts behind 4 million calls of 8,000 busy addresses, 200,000 a second",
        dense_backlog,
        options=(),
        outputs="links",
        drain_limit_s=900,
    ),
    Kind(
        "all-outputs",
        "the same of 400,000 calls, with all outputs, and many times the edges that a window may have",
        all_outputs,
        options=(),
        outputs="links,chains,edges,spans",
        # Of series beyond max-series no one else knows what each had.
        more_outputs=",alerts",
        drain_limit_s=900,
    ),
)


def described() -> str:
    """The table, for the help."""
    return textwrap.indent("\n".join(f"{kind.name:<20}{kind.sentence}" for kind in KINDS), " " * 7)
