"""The steps of scripts/job-check."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.job_check.recorder import Recorder
from rigs.kafka.load import TROUBLES, LastingLoad, simulate
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.processes import Argument
from rigs.runs import Run, guarded
from rigs.trials import TestBed, set_up

USAGE = """\
Runs `callweave job` under steady load on a stock Flink cluster and a Kafka broker: submit, status,
upgrade, rescale to 2, an upgrade to a jar that Flink refuses, a rescale without slots, stop, and submit
from the savepoint. Then compares the result with the reference.

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
SLOTS = 3
VERIFY_LIMIT_S = 300

JOB_FILE = """\
name: callweave
jar: {jar}
flink: {flink}
parallelism: 1
savepoints: file://{savepoints}
options:
  bootstrap: {bootstrap}
  input-topic: calls-{name}
  output-topic: linked-{name}
  chains-topic: chains-{name}
  rejects-topic: rejected-{name}
  group-id: trial-{name}
  checkpoint-interval-ms: 2000
  idle-flush-ms: 20000
"""


@dataclass(frozen=True)
class Step:
    """A command, how it must end, and what it must say."""

    arguments: Sequence[str]
    exit_code: int
    says: str
    parallelism: int | None


def steps(refused: Path) -> list[Step]:
    """All of them, in order; after each the job must run with that parallelism, or not at all.

    >>> [step.arguments[0] for step in steps(Path("x.jar"))]
    ['submit', 'submit', 'status', 'upgrade', 'rescale', 'upgrade', 'upgrade', 'rescale', 'list', 'stop', 'status']
    """
    return [
        Step(["submit"], 0, "callweave runs as job", 1),
        Step(["submit"], 2, "runs already", 1),
        Step(["status"], 0, "RUNNING", 1),
        Step(["upgrade"], 0, "callweave runs as job", 1),
        Step(["rescale", "2"], 0, "callweave runs as job", 2),
        Step(["upgrade", "--jar", str(refused)], 1, "runs on as it was", 2),
        Step(["upgrade", "--option", "bucket-ms=500"], 1, "runs again as it was", 2),
        Step(["rescale", str(SLOTS + 1)], 2, "slots", 2),
        Step(["list"], 0, "RUNNING", 2),
        Step(["stop"], 0, "is stopped", None),
        Step(["status"], 1, "FINISHED", None),
    ]


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
        self._recorder = Recorder(testbed.cluster.rest.url)
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
        refused = self._run.folder / "refused.jar"
        write_jar_without_main(refused)
        for one in steps(refused):
            self._do(one)
        self._do(Step(["submit", "--from", self._savepoint()], 0, "callweave runs as job", 1))
        load.stop()
        step("Comparing")
        verdict = testbed.verify(NAME, VERIFY_LIMIT_S)
        say(verdict.text.rstrip("\n"))
        self._do(Step(["stop"], 0, "is stopped", None))
        return 0 if verdict.is_same else 1

    def _write_job_file(self) -> None:
        testbed = self._testbed
        folder = testbed.cluster.folder / "savepoints"
        self._file.write_text(
            JOB_FILE.format(
                jar=testbed.job_jar,
                flink=self._recorder.url,
                savepoints=folder,
                bootstrap=testbed.broker.bootstrap,
                name=NAME,
            )
        )

    def _do(self, one: Step) -> None:
        """Raises `Failure` where it does not end as it must."""
        verb, *more = one.arguments
        step(f"callweave job {' '.join(one.arguments)}")
        command: list[Argument] = [self._testbed.callweave, "job", verb, *more, self._file]
        self._recorder.clear()
        out = self._run.log / "job.out"
        with open(out, "wb") as file:
            code = self._run.children.run(command, file, file)
        said = out.read_text(errors="replace")
        say(said.rstrip("\n"))
        if code != one.exit_code or one.says not in said:
            show_tail([out])
            raise Failure(f"exit code {code}; {one.exit_code} and '{one.says}' are wanted")
        if verb == "upgrade" and code == 0 and self._record is not None:
            self._record.write_text(self._recorder.text())
        self._check_what_runs(one.parallelism)

    def _check_what_runs(self, parallelism: int | None) -> None:
        """One job with that parallelism, or none."""
        running = self._testbed.cluster.rest.running_jobs()
        found = [self._testbed.cluster.rest.parallelism(job) for job in running]
        if found != ([] if parallelism is None else [parallelism]):
            raise Failure(f"jobs of these parallelisms run: {found}; {parallelism} is wanted")

    def _savepoint(self) -> str:
        """What the record beside the job file names."""
        record = json.loads(self._file.with_name("job.yaml.state").read_text())
        return str(record["savepoint"])


def write_jar_without_main(jar: Path) -> None:
    """One that Flink takes, and can start nothing of."""
    with zipfile.ZipFile(jar, "w") as file:
        file.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\nMain-Class: no.such.Job\n")
