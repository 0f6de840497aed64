"""The run of scripts/s3-check."""

from __future__ import annotations

import random
from typing import Sequence

from rigs.faults.kinds import RECOVERY_LIMIT_S, Target, kill_jobmanager, kill_taskmanager, rescale
from rigs.flink.configuration import Shape
from rigs.kafka.load import TROUBLES, LastingLoad, simulate
from rigs.messages import Failure, say, step
from rigs.options import Options
from rigs.parts import fetch_s3_plugin, fetch_s3_server
from rigs.processes import wait_until
from rigs.runs import Run, guarded
from rigs.s3.parquet import ParquetCheck
from rigs.s3.server import BUCKET, S3
from rigs.trials import TestBed, set_up

USAGE = """\
Runs the job under steady load on a stock Flink cluster with Flink's S3 plugin, a Kafka broker and a server of
S3, moto, which has the checkpoints, the savepoints and what ZooKeeper only points at. A TaskManager is
killed, then the JobManager; then the job is stopped with a savepoint, and goes on from it with another
parallelism. Each time the job must go on from what is in S3, and nothing may lie on the disk instead. At the
end it compares the result with the reference.

Then a job reads Parquet from S3 and writes links there in Parquet, and a TaskManager is killed meanwhile. What
comes of it must be what `callweave link` makes of the same files.

Usage: scripts/s3-check [--rate CALLS_PER_S] [--parquet-calls N]

  --rate R            calls a second (200)
  --parquet-calls N   calls in Parquet (600000)
  --keep              keep logs and data of the run, below .local/run
  --help

It takes Python 3.10 or newer.
"""
OPTIONS = Options(command="s3-check", usage=USAGE, numbers=("--rate", "--parquet-calls"), flags=("--keep",))
NAME = "s3"
PARALLELISM = 2
TASKMANAGERS = 2
# Of each: the higher parallelism fits in those of one that is left.
SLOTS = 5
PARTITIONS = 5
VERIFY_LIMIT_S = 300
DELETE_LIMIT_S = 60


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    rate = given.number("--rate") or 200
    parquet_calls = given.number("--parquet-calls") or 600_000

    def body(run: Run) -> int:
        plugin, server = fetch_s3_plugin(run), fetch_s3_server(run)
        step("Starting a server of S3")
        s3 = S3(run, server)
        s3.await_start()
        shape = Shape(TASKMANAGERS, SLOTS, with_zookeeper=True, settings=settings(s3), plugins=(plugin,))
        testbed = set_up(run, shape)
        is_same = S3Check(run, testbed, s3, rate).run_all()
        is_same &= ParquetCheck(run, testbed, s3, parquet_calls, TASKMANAGERS).run_all()
        return 0 if is_same else 1

    return guarded(body, "--keep" in given.flags)


def settings(s3: S3) -> tuple[str, ...]:
    """Flink's, so that what must outlive a process is in S3."""
    places = {
        "state.checkpoints.dir": "checkpoints",
        "state.savepoints.dir": "savepoints",
        "high-availability.storageDir": "ha",
    }
    session = "high-availability.zookeeper.client.session-timeout=10000"
    spread = "cluster.evenly-spread-out-slots=true"
    return (*s3.settings(), *(f"{name}=s3://{BUCKET}/{folder}" for name, folder in places.items()), session, spread)


class S3Check:
    """The job under load, and what becomes of it."""

    def __init__(self, run: Run, testbed: TestBed, s3: S3, rate: int) -> None:
        self._run = run
        self._testbed = testbed
        self._s3 = s3
        self._rate = rate

    def run_all(self) -> bool:
        """Whether the result is the reference's."""
        testbed = self._testbed
        step(f"The job, and {self._rate} calls a second")
        testbed.kafka.create_topic(f"calls-{NAME}", PARTITIONS)
        steady = ("--stream", "--rate", str(self._rate), *TROUBLES, "--late", "0.01")
        traffic = simulate(testbed.callweave, testbed.broker.bootstrap, f"calls-{NAME}", *steady)
        load = LastingLoad(self._run, traffic, 1)
        target = Target(testbed, random.Random(1), TASKMANAGERS, NAME, PARALLELISM)
        self._await_checkpoint(target)
        for harm, what in (
            (kill_taskmanager, "A TaskManager is killed"),
            (kill_jobmanager, "The JobManager is killed"),
        ):
            step(what)
            harm(target)
            self._await_checkpoint(target)
            self._check_restored(target, f"s3://{BUCKET}/checkpoints/{target.job.id}/chk-")
        step("The job is stopped with a savepoint, and goes on from it")
        rescale(target)
        self._await_checkpoint(target)
        self._check_restored(target, f"s3://{BUCKET}/savepoints/savepoint-")
        load.stop()
        step("Comparing")
        verdict = testbed.verify(NAME, VERIFY_LIMIT_S)
        say(verdict.text.rstrip("\n"))
        self._check_places(target)
        target.job.cancel()
        return verdict.is_same

    def _await_checkpoint(self, target: Target) -> None:
        """One that began after the harm. Raises `Failure` where there is none, or not in S3."""
        if not target.has_recovered():
            raise Failure(f"no checkpoint was complete within {RECOVERY_LIMIT_S} s: see above")
        checkpoint = target.job.last_checkpoint()
        path = (checkpoint.path if checkpoint else None) or ""
        folder = f"s3://{BUCKET}/checkpoints/{target.job.id}/chk-"
        if not path.startswith(folder):
            raise Failure(f"the checkpoint is at '{path}', and not below {folder}")
        say(f"complete: {path}")

    def _check_restored(self, target: Target, prefix: str) -> None:
        """Raises `Failure` where the job has not gone on from there."""
        restored = target.job.restored_from() or ""
        if not restored.startswith(prefix):
            raise Failure(f"the job has gone on from '{restored}', and not from {prefix}…")
        say(f"went on from {restored}")

    def _check_places(self, target: Target) -> None:
        """Raises `Failure` where something is missing in S3, lies on the disk, or is not taken away any more."""
        for prefix in ("savepoints/savepoint-", "ha/", f"checkpoints/{target.job.id}/chk-"):
            if not self._s3.keys(prefix):
                raise Failure(f"nothing in the bucket begins with {prefix}")
        for name in ("checkpoints", "savepoints", "ha"):
            stray = [path for path in (self._testbed.cluster.folder / name).rglob("*") if path.is_file()]
            if stray:
                raise Failure(f"{stray[0]} lies on the disk, and not in S3")

        def metadata() -> list[str]:
            keys = self._s3.keys(f"checkpoints/{target.job.id}/chk-")
            return [key for key in keys if key.endswith("/_metadata")]

        # While a new one is complete, the one before is not gone yet.
        if not wait_until(lambda: len(metadata()) == 1, DELETE_LIMIT_S):
            raise Failure(f"one checkpoint is to be kept, and these are: {metadata()}")
        say("the bucket has the last checkpoint alone, the savepoint and what ZooKeeper points at; the disk has none")
