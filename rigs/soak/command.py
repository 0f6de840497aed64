"""The run of scripts/soak."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.flink.daemons import TASKMANAGER, command_line, heap_size_bytes, is_alive, rss_bytes
from rigs.flink.job import restart_complaint
from rigs.flink.rest import DIRECT, HEAP, NON_HEAP
from rigs.kafka.load import TROUBLES, simulate
from rigs.messages import Failure, say, show_tail, step, warn
from rigs.options import Options
from rigs.processes import Child, wait_until
from rigs.runs import ROOT, Run, guarded
from rigs.soak.judgement import judge, warm_up_s
from rigs.soak.plot import draw
from rigs.soak.samples import Sample, SampleFile
from rigs.trials import TestBed, set_up

USAGE = """\
Runs the job under steady load on a stock Flink cluster and a Kafka broker for an hour or more, and
tells whether its memory stays as it is: every 10 s a row of a CSV, at the end a plot of it. Then
compares the result with the reference.

Usage: scripts/soak [--minutes N] [--rate CALLS_PER_S] [--csv FILE] [--plot FILE]

  --minutes N          how long (60)
  --rate R             calls a second (1000)
  --seed S             of the traffic (1)
  --csv FILE           the samples (.local/soak.csv)
  --plot FILE          an SVG of them (.local/soak.svg)
  --keep               keep logs and data of the run, below .local/run
  --help

Exits 0 only if nothing was lost or written twice, the job was never restarted, no call is open at
the end, and after the first ten minutes the TaskManager's resident memory grew by less than 5 % an
hour, and what is left on its heap after a full collection by less than 5 % of the heap's size. That
is judged in runs of 30 minutes or more.

What has a bound is filled early, else it would pass for growth: the TaskManager touches its whole
heap when it starts, and RocksDB's cache, which takes all that it gets, gets 64 MiB of managed memory.
"""
OPTIONS = Options(
    command="soak",
    usage=USAGE,
    numbers=("--minutes", "--rate", "--seed"),
    texts=("--csv", "--plot"),
    flags=("--keep",),
)

PARALLELISM = 2
PARTITIONS = 5
SAMPLE_EVERY_S = 10
SETTINGS = (
    "metrics.fetcher.update-interval=2000",
    "env.java.opts.taskmanager=-XX:+AlwaysPreTouch",
    "taskmanager.memory.managed.size=64m",
    "state.backend.rocksdb.metrics.block-cache-usage=true",
)


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    minutes: int
    rate: int
    seed: int
    csv: Path
    plot: Path
    keep: bool


def read_plan(arguments: Sequence[str]) -> Plan:
    """Raises `Failure` where the arguments make no plan."""
    given = OPTIONS.read(arguments)
    minutes, rate, seed = (given.number(name) for name in OPTIONS.numbers)
    if 0 in (minutes, rate):
        raise Failure("--minutes and --rate must be at least 1")
    local = ROOT / ".local"
    return Plan(
        minutes=minutes or 60,
        rate=rate or 1000,
        seed=1 if seed is None else seed,
        csv=given.file("--csv") or local / "soak.csv",
        plot=given.file("--plot") or local / "soak.svg",
        keep="--keep" in given.flags,
    )


def main(arguments: Sequence[str]) -> int:
    plan = read_plan(arguments)

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(1, PARALLELISM, settings=SETTINGS))
        soak = Soak(run, testbed, plan)
        step(f"{plan.minutes} minutes of {plan.rate} calls a second")
        soak.run_load()
        if not soak.judge():
            raise Failure("the run was not as it has to be: see above")
        return 0

    return guarded(body, plan.keep)


class Soak:
    """The job under load, which begins with it."""

    def __init__(self, run: Run, testbed: TestBed, plan: Plan) -> None:
        self._run = run
        self._testbed = testbed
        self._plan = plan
        self._warm_up_s = warm_up_s(plan.minutes)
        (self._taskmanager,) = testbed.cluster.pids(TASKMANAGER)
        heap_size = heap_size_bytes(command_line(self._taskmanager))
        if heap_size is None:
            raise Failure(f"process {self._taskmanager}, the TaskManager, has no -Xmx on its command line")
        self._heap_size = heap_size
        testbed.kafka.create_topic("calls-soak", PARTITIONS)
        self._simulator = self._start_load()
        self._job = testbed.run_job("soak", PARALLELISM, ())
        testbed.await_first_checkpoint(self._job)
        self._file = SampleFile(plan.csv)

    def run_load(self) -> None:
        """A sample every few seconds, until the load has ended."""
        began, end_s = time.monotonic(), self._plan.minutes * 60
        next_s, next_live_s = 0, self._warm_up_s
        while (now_s := int(time.monotonic() - began)) < end_s:
            self._check_alive()
            live = None
            if now_s >= next_live_s:
                next_live_s += max(self._warm_up_s // 2, SAMPLE_EVERY_S)
                live = self._live_heap()
            self._file.add(self._sample(now_s, live))
            next_s += SAMPLE_EVERY_S
            time.sleep(max(0.0, began + next_s - time.monotonic()))
        self._file.add(self._sample(now_s, self._live_heap()))
        self._run.children.stop(self._simulator)

    def judge(self) -> bool:
        """Says what came out; false where it is not as it has to be."""
        plan = self._plan
        step("All is written. Waiting for the rest of the result, and comparing")
        verdict = self._testbed.verify("soak", 300 + plan.minutes * plan.rate // 10)
        good = verdict.is_same
        say(f"\n{verdict.text}")
        for complaint in (self._open_calls_complaint(), self._restart_complaint()):
            if complaint:
                warn(complaint)
                good = False
        plan.plot.write_text(draw(self._file.samples))
        memory = judge(self._file.samples, self._warm_up_s, self._heap_size)
        for line in memory.lines:
            say(line)
        say(f"samples {plan.csv}, plot {plan.plot}")
        return good and memory.held

    def _start_load(self) -> Child:
        plan, testbed = self._plan, self._testbed
        steady = ("--stream", "--rate", str(plan.rate), "--seed", str(plan.seed), *TROUBLES, "--late", "0.01")
        command = simulate(testbed.callweave, testbed.broker.bootstrap, "calls-soak", *steady)
        return self._run.children.start_logged(command, self._run.log / "simulate.out")

    def _open_calls_complaint(self) -> str | None:
        if wait_until(lambda: self._job.metrics().no_call_is_open, 30, self._testbed.broker.is_alive):
            return None
        return f"at the end {self._job.metrics().open_calls} calls are open; none should be"

    def _restart_complaint(self) -> str | None:
        return restart_complaint(self._job.restarts(), self._job.failure(2))

    def _sample(self, seconds: int, live_heap_bytes: int | None) -> Sample:
        metrics = self._job.metrics()
        memory = self._testbed.cluster.rest.taskmanager_memory()
        checkpoint = self._job.last_checkpoint()
        return Sample(
            seconds=seconds,
            rss_bytes=rss_bytes(self._taskmanager),
            heap_bytes=memory.get(HEAP),
            live_heap_bytes=live_heap_bytes,
            non_heap_bytes=memory.get(NON_HEAP),
            direct_bytes=memory.get(DIRECT),
            block_cache_bytes=metrics.get("Link.blockCache"),
            native_bytes=metrics.get("nativeBytes"),
            link_open=metrics.get("Link.openCalls"),
            assemble_open=metrics.get("Assemble.openCalls"),
            read=metrics.get("read"),
            written=metrics.get("written"),
            links=metrics.get("links"),
            checkpoint_ms=checkpoint.took_ms if checkpoint else None,
            checkpoint_bytes=checkpoint.written_bytes if checkpoint else None,
            retained_bytes=self._job.retained_bytes(),
        )

    def _live_heap(self) -> int | None:
        """Bytes on the TaskManager's heap after a full collection, which this causes."""
        jcmd = self._testbed.java.home / "bin" / "jcmd"
        with open(self._run.log / "jcmd.out", "ab") as log:
            _, printed = self._run.children.capture([jcmd, str(self._taskmanager), "GC.class_histogram"], log)
        return read_live_heap(printed)

    def _check_alive(self) -> None:
        """Ends the run where a part of it has ended by itself."""
        self._testbed.broker.check_alive()
        if not is_alive(self._taskmanager):
            raise Failure(f"the TaskManager has ended: see {self._testbed.cluster.log}")
        if not self._simulator.is_alive():
            show_tail([self._run.log / "simulate.out"])
            raise Failure("the simulator has ended: see above")
        if self._job.look().state == "FAILED":
            raise Failure(f"the job has failed: {self._job.failure()}")


def read_live_heap(histogram: str) -> int | None:
    """The bytes of the last line of `jcmd PID GC.class_histogram`; None where it did not answer.

    >>> read_live_heap(" num #instances #bytes\\nTotal  1234  56789\\n"), read_live_heap("")
    (56789, None)
    """
    match = re.search(r"^Total +\d+ +(\d+)", histogram, re.MULTILINE)
    return int(match.group(1)) if match else None
