"""Parquet in S3 that the job reads, and Parquet in S3 that it writes, with a TaskManager killed in between."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from rigs.build import build_connector_jar
from rigs.flink.job import RunningJob
from rigs.messages import Failure, say, step
from rigs.processes import Argument, wait_until, words
from rigs.runs import Run
from rigs.s3.server import BUCKET, S3
from rigs.trials import TestBed

FILES = 2
# Calls a second of each: few of them compete, so that lists are short.
RATE = 300
SLOTS = 2
JOB_LIMIT_S = 600
NONE_TWICE = re.compile(r"\bduplicates 0\b")


class ParquetCheck:
    """What the job makes of files in S3, and what `callweave link` makes of the same."""

    def __init__(self, run: Run, testbed: TestBed, s3: S3, calls: int, taskmanagers: int) -> None:
        self._run = run
        self._testbed = testbed
        self._s3 = s3
        self._calls = calls
        self._taskmanagers = taskmanagers
        self._folder = run.tmp / "parquet"

    def run_all(self) -> bool:
        """Whether both are the same. Raises `Failure` where one does not get that far."""
        jar = build_connector_jar(self._run, "parquet", "the jar for Parquet")
        step(f"{self._calls} calls in Parquet in S3, linked and written there in Parquet; a TaskManager is killed")
        self._folder.mkdir()
        given = [self._put_calls(number) for number in range(FILES)]
        job = self._start(jar)
        self._testbed.await_first_checkpoint(job)
        working = self._testbed.cluster.working_taskmanagers(job.id)
        if not working:
            raise Failure("the job was through before a TaskManager could be killed; give more --parquet-calls")
        self._testbed.cluster.kill(working[:1])
        self._testbed.cluster.fill_taskmanagers(self._taskmanagers)
        if not wait_until(lambda: job.look().is_over, JOB_LIMIT_S) or job.look().state != "FINISHED":
            raise Failure(f"the job is {job.look().state} after {JOB_LIMIT_S} s at most: {job.failure()}")
        say(f"the job is through, {job.restarts()} restarts")
        return self._is_same(given, self._get_results())

    def _put_calls(self, number: int) -> Path:
        file = self._folder / f"calls-{number}.parquet"
        size = words("--rate", str(RATE), "--calls", str(self._calls // FILES), "--seed", str(number + 1))
        self._callweave("simulate", *size, "--id", "uuid", "--out", file)
        self._s3.put(f"calls/{file.name}", file.read_bytes())
        return file

    def _start(self, jar: Path) -> RunningJob:
        source = ("--source", "files", "--input", f"s3://{BUCKET}/calls/*.parquet")
        sink = ("--sink", "files", "--output", f"s3://{BUCKET}/linked", "--file-format", "parquet")
        options = (*source, *sink, "--outputs", "links", "--checkpoint-interval-ms", "1000")
        return self._testbed.run_job("parquet", SLOTS, options, class_path=[jar])

    def _get_results(self) -> list[Path]:
        """Raises `Failure` where calls were rejected."""
        keys = self._s3.keys("linked/")
        rejected = [key for key in keys if key.startswith("linked/rejects/")]
        if rejected:
            raise Failure(f"calls were rejected: {rejected[0]}")
        results = []
        for number, key in enumerate(keys):
            file = self._folder / f"linked-{number}.parquet"
            file.write_bytes(self._s3.get(key))
            results.append(file)
        if not results:
            raise Failure("nothing in the bucket begins with linked/")
        say(f"{len(results)} files of links in S3, {sum(file.stat().st_size for file in results)} bytes")
        return results

    def _is_same(self, given: list[Path], results: list[Path]) -> bool:
        """Links are calls, too: linked again, what was written is the same as what comes of the input."""
        expected, linked = self._folder / "expected.jsonl", self._folder / "linked.jsonl"
        self._callweave("link", "--sort", *given, "-o", expected)
        said = self._callweave("link", "--sort", *results, "-o", linked)
        say(said.rstrip("\n"))
        if NONE_TWICE.search(said) is None:
            raise Failure("calls were written twice: see above")
        say(self._callweave("compare", expected, linked).rstrip("\n"))
        return True

    def _callweave(self, *arguments: Argument) -> str:
        """What the command prints. Raises `Failure` where it fails."""
        command = words(self._testbed.callweave, *arguments)
        code, printed = self._run.children.capture(command, subprocess.STDOUT)
        if code != 0:
            raise Failure(f"callweave {arguments[0]} failed: {printed}")
        return printed
