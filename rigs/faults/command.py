"""The rounds of scripts/faults, and its tables."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Sequence

from rigs.faults.deal import deal, pause_s, repeat, rounds
from rigs.faults.kinds import HEARTBEAT_TIMEOUT_MS, MAIN, OTHERS, Kind, Target, described, read_kinds
from rigs.flink.configuration import Shape
from rigs.kafka.load import TROUBLES, LastingLoad, simulate
from rigs.messages import Failure, Table, say, step
from rigs.options import Options
from rigs.outputs import FORMS, all_outputs
from rigs.runs import Run, guarded
from rigs.trials import TestBed, Verdict, seconds_since, set_up
from rigs.verification import counted

USAGE = f"""\
Runs the job under steady load on a stock Flink cluster and a Kafka broker, and harms them: kills,
freezes, outages, restarts, changes of the parallelism. Then compares all outputs, links, chains, edges, spans
and alerts, with the reference. Rounds take turns with the formats and styles of spans.

Usage: scripts/faults [--faults N] [--round-faults K] [--seed S] [--rate CALLS_PER_S]

  --faults N           how many faults (12)
  --round-faults K     after so many the load ends and the result is compared (4)
  --seed S             of which faults come when, and of the traffic (1)
  --rate R             calls a second (200)
  --kinds A,B,...      these kinds in this order, over and over, instead of a random choice
  --keep               keep logs and data of the run, below .local/run
  --help

kinds: {described()}

Exits 0 only if the job came through every fault, and nothing was lost and nothing written twice.
"""
OPTIONS = Options(
    command="faults",
    usage=USAGE,
    numbers=("--faults", "--round-faults", "--seed", "--rate"),
    texts=("--kinds",),
    flags=("--keep",),
)

PARALLELISM = 2
TASKMANAGERS = 2
# Of each TaskManager: the highest parallelism and a second job fit in two.
SLOTS = 4
PARTITIONS = 5
MOST_PAUSE_S = 12
VERIFY_LIMIT_S = 300
SETTINGS = (
    f"heartbeat.timeout={HEARTBEAT_TIMEOUT_MS}",
    "heartbeat.interval=2000",
    "high-availability.zookeeper.client.session-timeout=10000",
    "cluster.evenly-spread-out-slots=true",
)
COUNTS = ("read", "written", "rejected", "late", "duplicates", "alerts", "differences")


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    kinds: Sequence[Kind]
    round_faults: int
    seed: int
    rate: int
    keep: bool


def read_plan(arguments: Sequence[str], chance: random.Random | None = None) -> Plan:
    """Raises `Failure` where the arguments make no plan."""
    given = OPTIONS.read(arguments)
    named = given.text("--kinds")
    chosen = None if named is None else read_kinds(named)
    numbers = {name: given.number(name) for name in OPTIONS.numbers}
    if 0 in (numbers["--faults"], numbers["--round-faults"], numbers["--rate"]):
        raise Failure("--faults, --round-faults and --rate must be at least 1")
    seed = 1 if numbers["--seed"] is None else numbers["--seed"]
    faults = numbers["--faults"] or 12
    dealt = repeat(chosen, faults) if chosen else deal(chance or random.Random(seed), faults, MAIN, OTHERS)
    return Plan(dealt, numbers["--round-faults"] or 4, seed, numbers["--rate"] or 200, "--keep" in given.flags)


def main(arguments: Sequence[str]) -> int:
    plan = read_plan(arguments)

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(TASKMANAGERS, SLOTS, with_zookeeper=True, settings=SETTINGS))
        return Rounds(run, testbed, plan).run_all()

    return guarded(body, plan.keep)


def tasks_started(harmed_at_ms: int, last_start_ms: int | None) -> str:
    """Seconds from the harm to the last start of a task, - if none had to be started.

    >>> tasks_started(1000, 2500), tasks_started(1000, 900), tasks_started(1000, None)
    ('1.5', '-', '-')
    """
    if last_start_ms is None or last_start_ms <= harmed_at_ms:
        return "-"
    return f"{(last_start_ms - harmed_at_ms) / 1000:.1f}"


class Rounds:
    """New topics and a new job for each round, so many faults, and the comparison."""

    def __init__(self, run: Run, testbed: TestBed, plan: Plan) -> None:
        self._run = run
        self._testbed = testbed
        self._plan = plan
        # Apart from the draw of the kinds, so that --kinds leaves the pauses as they were.
        self._chance = random.Random(plan.seed + 1)
        self._parallelism = PARALLELISM
        self._number = 0
        self._round = 0
        self._all_same = True
        columns = ("fault", "round", "at", "kind", "parallelism", "tasks s", "checkpoint s", "outcome")
        self._faults = Table(columns, (4, 5, -8, -18, 11, 9, 12, 0))
        self._results = Table(("round", "faults", *COUNTS, "outcome"), (5, 6, 8, 8, 8, 6, 10, 6, 11, 0))
        run.at_exit(lambda _: self._print_tables())

    def run_all(self) -> int:
        """The exit code."""
        for kinds in rounds(self._plan.kinds, self._plan.round_faults):
            self._run_round(kinds)
        return 0 if self._all_same else 1

    def _run_round(self, kinds: Sequence[Kind]) -> None:
        self._round += 1
        step(f"Round {self._round}")
        testbed, name = self._testbed, str(self._round)
        testbed.kafka.create_topic(f"calls-{name}", PARTITIONS)
        steady = ("--stream", "--rate", str(self._plan.rate), *TROUBLES, "--late", "0.01")
        traffic = simulate(testbed.callweave, testbed.broker.bootstrap, f"calls-{name}", *steady)
        load = LastingLoad(self._run, traffic, self._plan.seed * 1000 + self._round * 100)
        outputs = all_outputs(self._run.folder, FORMS[self._round % len(FORMS)])
        target = Target(testbed, self._chance, TASKMANAGERS, name, self._parallelism, outputs.job)
        if not target.has_recovered():
            raise Failure("the job did not get as far as a checkpoint: see above")
        for kind in kinds:
            self._run_fault(kind, target)
        self._parallelism = target.parallelism
        load.stop()
        self._compare(len(kinds), testbed.verify(name, VERIFY_LIMIT_S, *outputs.verify))
        target.job.cancel()

    def _run_fault(self, kind: Kind, target: Target) -> None:
        """After a pause; a row of the table."""
        time.sleep(pause_s(self._chance, MOST_PAUSE_S))
        self._number += 1
        began = time.strftime("%H:%M:%S")
        kind.inject(target)
        recovered = target.has_recovered()
        last_start_ms = target.job.look().last_start_ms
        took = (tasks_started(target.harmed_at_ms, last_start_ms), seconds_since(target.harmed_at_ms))
        outcome = "recovered" if recovered else "NOT RECOVERED"
        say(self._faults.add(self._number, self._round, began, kind.name, target.parallelism, *took, outcome))
        if not recovered:
            raise Failure("the job did not come through: see above")

    def _compare(self, faults: int, verdict: Verdict) -> None:
        counts: list[int] = [counted(verdict.report, word) for word in COUNTS]
        self._results.add(self._round, faults, *counts, "same" if verdict.is_same else "DIFFERENT")
        self._all_same = self._all_same and verdict.is_same

    def _print_tables(self) -> None:
        say()
        for table in (self._faults, self._results):
            for line in table.lines():
                say(line)
            say()
        say("tasks s: from the harm until the last task was started again; checkpoint s: until a checkpoint")
        say("that began after it was through, which needs all of them.")
