"""The run of scripts/autoscale-check."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Callable, Sequence

from rigs.autoscale.taskmanagers import add_command, remove_command
from rigs.flink.configuration import Shape
from rigs.flink.daemons import TASKMANAGER
from rigs.flink.fields import as_object
from rigs.job_check.file import job_file
from rigs.kafka.load import TROUBLES, LastingLoad, simulate
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.ports import free_port
from rigs.pressure.loads import OUT_OF_ORDER_MS, write_topologies
from rigs.processes import Child, wait_until, words
from rigs.runs import Run, guarded
from rigs.trials import TestBed, set_up
from rigs.verification import counted

USAGE = """\
Runs `callweave autoscale` on a stock Flink cluster and a Kafka broker: two TaskManagers with one slot each, and
commands that add one and take one away. The broker gives each subtask of the source only so much to read that two
can read what comes in, and not twice as much. Then the load doubles, and a third TaskManager must come, with the
job on it; then it halves, and the job must leave one, which must go. At the end it compares the result with the
reference.

Usage: scripts/autoscale-check [--rate CALLS_PER_S]

  --rate R     calls a second before the load doubles (500)
  --keep       keep logs and data of the run, below .local/run
  --help

Exits 0 only if the job went from 2 to 3 to 2 by the autoscaler alone, and nothing was lost or written twice.
"""
OPTIONS = Options(command="autoscale-check", usage=USAGE, numbers=("--rate",), flags=("--keep",))
NAME = "autoscale"
PARTITIONS = 6
FEW, MANY = 2, 3
# The share of their quotas that the load needs of two readers before it doubles.
UTILISATION = 0.55
# Two stretches of time in a row are alike where they differ by less than this share.
MEASURED_S, STEADY, STEADY_LIMIT_S = 20, 0.1, 300
STEP_LIMIT_S = 600
VERIFY_LIMIT_S = 300
JOB_OPTIONS: dict[str, str | int] = {
    "outputs": "links",
    # By default there are four, which three subtasks cannot share evenly.
    "id-groups": 48,
    "checkpoint-interval-ms": 10_000,
    "max-out-of-order-ms": OUT_OF_ORDER_MS,
    "idle-flush-ms": 20_000,
    # The broker lets a reader wait for what it has fetched too much: small fetches keep it reading evenly.
    "kafka.fetch.min.bytes": 1,
    "kafka.fetch.max.bytes": 16_384,
}
# Minutes in place of half hours.
TIMES = {"settle": 20, "up-pause": 30, "down-pause": 60, "down-window": 60, "catch-up": 120}
METRICS = {
    'rescales_total{direction="up",outcome="done"}': 1,
    'rescales_total{direction="down",outcome="done"}': 1,
    'taskmanager_commands_total{command="add",outcome="done"}': 1,
    'taskmanager_commands_total{command="remove",outcome="done"}': 1,
}


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    rate = given.number("--rate") or 500

    def body(run: Run) -> int:
        # Each TaskManager comes by the command that the autoscaler has, too.
        testbed = set_up(run, Shape(0, 1))
        return AutoscaleCheck(run, testbed, rate).run_all()

    return guarded(body, "--keep" in given.flags)


class AutoscaleCheck:
    """The job, its load, and the autoscaler."""

    def __init__(self, run: Run, testbed: TestBed, rate: int) -> None:
        self._run = run
        self._testbed = testbed
        self._rate = rate
        self._file = run.folder / "job.yaml"
        self._history = run.folder / "autoscale.jsonl"
        self._metrics = f"127.0.0.1:{free_port()}"
        self._topology = write_topologies(testbed).even
        self._loads = 0

    def run_all(self) -> int:
        """The exit code."""
        testbed = self._testbed
        # Compressed, a call would take the fewer bytes the more of them come.
        testbed.kafka.create_topic(f"calls-{NAME}", PARTITIONS, "--config", "compression.type=uncompressed")
        for _ in range(FEW):
            self._add_taskmanager()
        testbed.cluster.await_slots(FEW)
        self._file.write_text(job_file(testbed, NAME, testbed.cluster.rest.url, JOB_OPTIONS, FEW))
        self._call("job", "submit", self._file)
        load = self._start_load(self._rate)
        self._limit_readers()
        step("callweave autoscale")
        autoscaler = self._start_autoscaler()
        self._await(autoscaler, "it says that two are right", self._says_right)
        load.stop()
        step(f"The load doubles, to {2 * self._rate} calls a second")
        load = self._start_load(2 * self._rate)
        self._await(autoscaler, f"{MANY} TaskManagers, and the job on them", self._stays_at_many)
        load.stop()
        step(f"The load halves, to {self._rate} calls a second")
        load = self._start_load(self._rate)
        self._await(autoscaler, f"{FEW} TaskManagers, and the job on them", lambda: self._has(FEW))
        # It waits until Flink has missed the one that went.
        self._await(autoscaler, "metrics that tell of both changes", self._counts_both_changes)
        self._check_history()
        self._run.children.stop(autoscaler)
        load.stop()
        return self._compare()

    def _compare(self) -> int:
        step("Comparing")
        verdict = self._testbed.verify(NAME, VERIFY_LIMIT_S, "--outputs", str(JOB_OPTIONS["outputs"]))
        say(verdict.text.rstrip("\n"))
        late = counted(verdict.report, "late")
        if late:
            raise Failure(f"{late} calls were taken for late, and none is")
        return 0 if verdict.is_same else 1

    # --- the cluster

    def _add_taskmanager(self) -> None:
        log = self._run.log / "taskmanagers.out"
        if self._run.children.run_logged(["sh", "-c", add_command(self._testbed.cluster)], log) != 0:
            show_tail([log])
            raise Failure("a TaskManager did not start: see above")

    def _has(self, number: int) -> bool:
        """So many processes, and the job on all of them."""
        cluster = self._testbed.cluster
        jobs = cluster.rest.running_jobs()
        return (
            len(cluster.pids(TASKMANAGER)) == number
            and len(jobs) == 1
            and cluster.rest.job(jobs[0]).state == "RUNNING"
            and len(cluster.rest.taskmanagers(jobs[0])) == number
        )

    # --- the load

    def _start_load(self, rate: int) -> LastingLoad:
        self._loads += 1
        shape = ("--stream", "--rate", str(rate), "--topology", self._topology, "--max-delay-ms", "1000")
        bootstrap = self._testbed.broker.bootstrap
        command = simulate(self._testbed.callweave, bootstrap, f"calls-{NAME}", *shape, *TROUBLES)
        return LastingLoad(self._run, command, self._loads * 100)

    def _limit_readers(self) -> None:
        """Each to half of what two need, with some room."""
        step(f"{self._rate} calls a second, until it is known how many bytes that is")
        bytes_per_s = self._steady_bytes_per_s()
        limit = int(bytes_per_s / FEW / UTILISATION)
        say(f"{bytes_per_s} bytes of calls a second; from now {limit} at most for each subtask that reads")
        for subtask in range(MANY):
            self._testbed.kafka.limit_consumer(f"trial-{NAME}-source-{subtask}", limit)

    def _steady_bytes_per_s(self) -> int:
        """What comes in once it is as much as a while ago. Raises `Failure` where it never is."""
        came, rates = [self._testbed.broker.topic_bytes(f"calls-{NAME}")], [0]

        def is_steady() -> bool:
            came.append(self._testbed.broker.topic_bytes(f"calls-{NAME}"))
            rates.append((came[-1] - came[-2]) // MEASURED_S)
            return rates[-2] > 0 and abs(rates[-1] - rates[-2]) < rates[-2] * STEADY

        time.sleep(MEASURED_S)
        if not wait_until(is_steady, STEADY_LIMIT_S, poll_s=MEASURED_S):
            raise Failure(f"the load is not even, but {rates} bytes a second: see {self._run.log}")
        return sum(rates[-2:]) // 2

    # --- the autoscaler

    def _start_autoscaler(self) -> Child:
        times = [f"--{name}-s={seconds}" for name, seconds in TIMES.items()]
        commands = (
            *("--add-taskmanager", add_command(self._testbed.cluster)),
            *("--remove-taskmanager", remove_command(self._testbed.cluster)),
        )
        bounds = ("--min", str(FEW), "--max", str(MANY))
        command = words(self._testbed.callweave, "autoscale", self._file, *bounds, *commands, *times)
        files = words("--history", self._history, "--metrics", self._metrics)
        return self._run.children.start_logged([*command, *files], self._log)

    @property
    def _log(self) -> Path:
        return self._run.log / "autoscale.out"

    def _await(self, autoscaler: Child, what: str, holds: Callable[[], bool]) -> None:
        """Says all that the autoscaler has said of a change meanwhile. Raises `Failure` where it does not come to
        hold."""
        seen = len(self._said())
        came = wait_until(holds, STEP_LIMIT_S, autoscaler.is_alive, poll_s=1)
        for line in self._said()[seen:]:
            if " stays at " not in line:
                say(line)
        if not came:
            show_tail([self._log])
            raise Failure(f"within {STEP_LIMIT_S} s there were not {what}: see above")
        say(f"now: {what}")

    def _said(self) -> list[str]:
        return self._log.read_text(errors="replace").splitlines() if self._log.exists() else []

    def _says_right(self) -> bool:
        return any(" are right" in line for line in self._said())

    def _stays_at_many(self) -> bool:
        """And has looked at the job since it is there."""
        return self._has(MANY) and any(f" stays at {MANY}: " in line and " come in" in line for line in self._said())

    def _counts_both_changes(self) -> bool:
        code, text = self._run.children.capture(["curl", "-fsS", f"http://{self._metrics}/metrics"])
        lines = text.splitlines()
        return code == 0 and all(f"callweave_autoscale_{name} {count}" in lines for name, count in METRICS.items())

    def _check_history(self) -> None:
        """Raises `Failure` where it does not tell of one change up and one down alone, or has taken the one up for
        useless."""
        looks = [as_object(json.loads(line)) for line in self._history.read_text().splitlines()]
        changes = [(look["parallelism"], look["wanted"]) for look in looks if look["parallelism"] != look["wanted"]]
        if changes != [(FEW, MANY), (MANY, FEW)]:
            raise Failure(f"the changes in the history are {changes}")
        useless = [look["why"] for look in looks if "did not help" in str(look["why"])]
        if useless:
            raise Failure(f"of the subtask that came the history says: {useless[0]}")
        say(f"the {len(looks)} looks of the history tell of both changes, too")

    def _call(self, *arguments: str | Path) -> None:
        log = self._run.log / "job.out"
        step(" ".join(words("callweave", *arguments)))
        if self._run.children.run_logged(words(self._testbed.callweave, *arguments), log) != 0:
            show_tail([log])
            raise Failure("it failed: see above")
