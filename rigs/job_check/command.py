"""scripts/job-check: the job under load, and the steps."""

from __future__ import annotations

import re
import shlex
import zipfile
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.flink.daemons import TASKMANAGER
from rigs.job_check.file import job_file
from rigs.job_check.recorder import PASSWORD, USER, Recorder
from rigs.job_check.steps import SLOTS, Step, steps
from rigs.kafka.load import TROUBLES, LastingLoad, simulate
from rigs.messages import Failure, say, step
from rigs.options import Options
from rigs.processes import Argument, wait_until, words
from rigs.runs import Run, guarded
from rigs.trials import TestBed, set_up

USAGE = """\
Runs `callweave job` under steady load on a stock Flink cluster and a Kafka broker: submit, status,
upgrade, rescale to 2, stop, and submit from the savepoint. In between Flink refuses a jar, a savepoint
and what the job restores, answers are lost, REST goes away, and TaskManagers do; each time one job runs
afterwards, or what the last line says to type leads there. Flink is behind a proxy that wants a login.
Then `callweave autoscale` measures it, and brings it to its minimum. At the end it compares the result
with the reference.

Usage: scripts/job-check [--rate CALLS_PER_S] [--record FILE]

  --rate R             calls a second (200)
  --record FILE        write Flink's answers to the upgrade, for the tests of the command
  --keep               keep logs and data of the run, below .local/run
  --help

Exits 0 only if every step ended as it must, and nothing was lost and nothing written twice.
"""
OPTIONS = Options(command="job-check", usage=USAGE, numbers=("--rate",), texts=("--record",), flags=("--keep",))
NAME = "job"
PARTITIONS = 5
VERIFY_LIMIT_S = 300
RUNS_LIMIT_S = 120

JOB_OPTIONS = {"checkpoint-interval-ms": 2000, "idle-flush-ms": 20_000}


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    rate, record = given.number("--rate") or 200, given.file("--record")

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(1, SLOTS))
        return JobCheck(run, testbed, rate, record).run_all()

    return guarded(body, "--keep" in given.flags)


class JobCheck:
    """The job under load, and the steps."""

    def __init__(self, run: Run, testbed: TestBed, rate: int, record: Path | None) -> None:
        self._run = run
        self._testbed = testbed
        self._rate = rate
        self._record = record
        self._recorder = Recorder(lambda: testbed.cluster.rest.url, self._lose_taskmanagers)
        run.at_exit(lambda _: self._recorder.close())
        self._file = run.folder / "job.yaml"

    def run_all(self) -> int:
        """The exit code."""
        testbed = self._testbed
        testbed.kafka.create_topic(f"calls-{NAME}", PARTITIONS)
        self._write_job_file()
        steady = ("--stream", "--rate", str(self._rate), *TROUBLES, "--late", "0.01")
        traffic = simulate(testbed.callweave, testbed.broker.bootstrap, f"calls-{NAME}", *steady)
        load = LastingLoad(self._run, traffic, 1)
        jar, password = self._run.folder / "refused.jar", self._run.folder / "wrong-password"
        write_jar_without_main(jar)
        password.write_text("wrong\n")
        for one in steps(jar, password):
            self._do(one)
        load.stop()
        step("Comparing")
        verdict = testbed.verify(NAME, VERIFY_LIMIT_S)
        say(verdict.text.rstrip("\n"))
        self._do(Step(["stop"], 0, "is stopped", None))
        return 0 if verdict.is_same else 1

    def _write_job_file(self) -> None:
        testbed = self._testbed
        self._file.with_name("password").write_text(f"{PASSWORD}\n")
        login = f"user: {USER}\npassword-file: password\n"
        self._file.write_text(login + job_file(testbed, NAME, self._recorder.url, JOB_OPTIONS, 1))

    def _do(self, one: Step) -> None:
        """Raises `Failure` where it does not end as it must."""
        said = self._call(one)
        if one.arguments == ["upgrade"] and self._record is not None:
            # The folder of this run is nobody's business.
            self._record.write_text(self._recorder.text().replace(str(self._run.folder), "/run"))
            self._record = None
        self._check_what_runs(one.parallelism)
        if one.trouble is not None and one.trouble.loses == "slots":
            self._await_tasks()
        if one.leads_to is not None:
            self._follow(said, one.leads_to)

    def _call(self, one: Step) -> str:
        """What it says."""
        verb, *more = one.arguments
        where = [] if str(self._file) in more else [self._file]
        trouble = f", with {one.trouble.loses} lost at {one.trouble.path_end}" if one.trouble else ""
        command = words("callweave", *(() if verb == "autoscale" else ("job",)), verb, *more)
        step(f"{' '.join(command)}{trouble}")
        command = words(self._testbed.callweave, *command[1:], *where)
        self._recorder.begin(one.trouble)
        out = self._run.log / "job.out"
        with open(out, "wb") as file:
            code = self._run.children.run(command, file, file)
        said = out.read_text(errors="replace").rstrip("\n")
        say(said)
        if code != one.exit_code or one.says not in said:
            raise Failure(f"exit code {code}; {one.exit_code} and '{one.says}' are wanted")
        if not self._recorder.struck():
            raise Failure(f"nothing was asked that ends in {one.trouble}")
        return said

    def _follow(self, said: str, verb: str) -> None:
        """Types what the last line says."""
        typed = re.search(rf"callweave job ({verb} [^,;]*)$|callweave job ({verb} [^,;]*)[,;]", said.splitlines()[-1])
        if typed is None:
            raise Failure(f"the last line does not say to type callweave job {verb}")
        arguments = shlex.split(typed.group(1) or typed.group(2))
        says = {"submit": "callweave runs as job", "status": "RUNNING"}[verb]
        parallelism = 1 if verb == "submit" else 2
        self._do(Step(arguments, 0, says, parallelism))
        if verb == "submit":
            self._do(Step(["rescale", "2"], 0, "callweave runs as job", 2))

    def _lose_taskmanagers(self) -> None:
        cluster = self._testbed.cluster
        cluster.kill(cluster.pids(TASKMANAGER))

    def _await_tasks(self) -> None:
        """On TaskManagers that may have to be started first."""
        self._testbed.cluster.fill_taskmanagers(1)
        command: list[Argument] = [self._testbed.callweave, "job", "status", self._file]
        self._recorder.begin(None)
        with open(self._run.log / "status.out", "wb") as file:
            if not wait_until(lambda: self._run.children.run(command, file, file) == 0, RUNS_LIMIT_S):
                raise Failure(f"the job does not run {RUNS_LIMIT_S} s after a TaskManager was started")

    def _check_what_runs(self, parallelism: int | None) -> None:
        """One job with that parallelism, or none."""
        running = self._testbed.cluster.rest.running_jobs()
        found = [self._testbed.cluster.rest.parallelism(job) for job in running]
        if found != ([] if parallelism is None else [parallelism]):
            raise Failure(f"jobs of these parallelisms run: {found}; {parallelism} is wanted")


def write_jar_without_main(jar: Path) -> None:
    """One that Flink takes, and can start nothing of."""
    with zipfile.ZipFile(jar, "w") as file:
        file.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMain-Class: no.such.Job\n")
