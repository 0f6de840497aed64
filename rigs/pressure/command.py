"""The run of scripts/pressure, and its table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.flink.daemons import TASKMANAGER
from rigs.messages import Failure, Table, say, step, warn
from rigs.options import Options
from rigs.pressure.judgement import MIB, Outcome
from rigs.pressure.loads import (
    KINDS,
    PARALLELISM,
    PARTITIONS,
    Kind,
    Press,
    described,
    write_topologies,
)
from rigs.processes import wait_until
from rigs.runs import Run, guarded
from rigs.trials import TestBed, set_up
from rigs.verification import counted

USAGE = f"""\
Runs the job on a stock Flink cluster and a Kafka broker under loads that press on it, one after the
other, and tells how much it held at most. Then compares each result with the reference.

Usage: scripts/pressure [--rate CALLS_PER_S] [--seed S] [--keep] [KIND]...

  --rate R             calls a second, where the kind says nothing else (500)
  --seed S             of the traffic (1)
  --keep               keep logs and data of the run, below .local/run
  --help

kinds, all of them without:
{described()}

None of the loads has a late call. Exits 0 only if in each kind no call was lost, written twice or
taken for late, the job was never restarted, the TaskManager stayed below the memory that Flink gives
it, no call was open once all was written, and the slow broker was felt up to the source.
"""
NAMES = tuple(kind.name for kind in KINDS)
OPTIONS = Options(
    command="pressure",
    usage=USAGE,
    numbers=("--rate", "--seed"),
    flags=("--keep",),
    words=NAMES,
    unknown=lambda name: f"there is no option or kind '{name}'; kinds are: {' '.join(NAMES)}",
)

COUNTS = ("read", "written", "rejected", "late", "duplicates")


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    kinds: Sequence[Kind]
    rate: int
    seed: int
    keep: bool


def read_plan(arguments: Sequence[str]) -> Plan:
    """Raises `Failure` where the arguments make no plan."""
    given = OPTIONS.read(arguments)
    rate, seed = given.number("--rate"), given.number("--seed")
    if rate == 0:
        raise Failure("--rate must be at least 1")
    by_name = {kind.name: kind for kind in KINDS}
    kinds = [by_name[name] for name in given.words] or list(KINDS)
    return Plan(kinds, rate or 500, 1 if seed is None else seed, "--keep" in given.flags)


def main(arguments: Sequence[str]) -> int:
    plan = read_plan(arguments)

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(1, PARALLELISM, settings=("metrics.fetcher.update-interval=1000",)))
        return Loads(run, testbed, plan).run_all()

    return guarded(body, plan.keep)


def memory_limit_mib(setting: str) -> int:
    """Of taskmanager.memory.process.size. Raises `Failure` where it is not in MiB.

    >>> memory_limit_mib("1728m")
    1728
    """
    match = re.fullmatch("([0-9]+)m", setting)
    if match is None:
        raise Failure(f"taskmanager.memory.process.size is '{setting}'; MiB are expected, as 1728m")
    return int(match.group(1))


class Loads:
    """One load after the other on one cluster."""

    def __init__(self, run: Run, testbed: TestBed, plan: Plan) -> None:
        self._testbed = testbed
        self._plan = plan
        (self._taskmanager,) = testbed.cluster.pids(TASKMANAGER)
        self._memory_limit_mib = memory_limit_mib(testbed.cluster.setting("taskmanager.memory.process.size") or "")
        self._topologies = write_topologies(testbed)
        self._all_well = True
        columns = ("kind", *COUNTS, "highest open", "highest MiB", "back-pressed s", "open at end", "outcome")
        self._table = Table(columns, (-18, 7, 7, 8, 5, 10, 12, 11, 14, 11, 0))
        run.at_exit(lambda _: self._print_table())

    def run_all(self) -> int:
        """The exit code."""
        for kind in self._plan.kinds:
            self._run_kind(kind)
        return 0 if self._all_well else 1

    def _run_kind(self, kind: Kind) -> None:
        """Its load, the rest of the result, the comparison; a row of the table."""
        plan = self._plan
        step(kind.name)
        self._testbed.kafka.create_topic(f"calls-{kind.name}", PARTITIONS)
        press = Press(self._testbed, self._topologies, kind, plan.rate, plan.seed, self._taskmanager)
        kind.press(press)
        if not press.watch_until_out(kind.drain_limit_s):
            warn(f"{kind.name}: not everything was out within {kind.drain_limit_s} s")
        outcome = self._compare(kind, press)
        say(self._table.add(*_row(outcome)))
        for complaint in outcome.complaints(self._memory_limit_mib):
            warn(f"{kind.name}: {complaint}")
            self._all_well = False
        press.job.cancel()

    def _compare(self, kind: Kind, press: Press) -> Outcome:
        job = press.job
        verdict = self._testbed.verify(kind.name, kind.drain_limit_s, *kind.options, "--outputs", kind.outputs)
        closed = wait_until(lambda: job.metrics().no_call_is_open, 15, self._testbed.broker.is_alive)
        # Windows and alerts come after the last call.
        press.watch_for(1)
        open_at_end = 0 if closed else (job.metrics().open_calls or None)
        restarts, failure = job.restarts(), job.failure(2)
        return Outcome(kind.name, verdict, press.watch, open_at_end, restarts, failure, kind.must_press)

    def _print_table(self) -> None:
        if not len(self._table):
            return
        say()
        for line in self._table.lines():
            say(line)
        say()
        say("highest open: calls that wait in Link and Assemble; highest MiB: resident memory of the")
        say(
            f"TaskManager, which Flink gives {self._memory_limit_mib}; back-pressed s: how long the source had to wait."
        )


def _row(outcome: Outcome) -> list[object]:
    counts = [counted(outcome.verdict.report, word) for word in COUNTS]
    watch = outcome.watch
    open_at_end = "-" if outcome.open_at_end is None else outcome.open_at_end
    held = [watch.highest_open, watch.highest_rss // MIB, f"{watch.pressed_s:.0f}", open_at_end]
    return [outcome.kind, *counts, *held, "same" if outcome.verdict.is_same else "DIFFERENT"]
