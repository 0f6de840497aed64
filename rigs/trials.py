"""The job on a broker and a stock cluster, and the comparison of its result with the reference.

A trial NAME reads the topic calls-NAME and writes linked-NAME, chains-NAME, rejected-NAME and so on.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs import tools
from rigs.build import JobAndCommand
from rigs.flink.cluster import Cluster
from rigs.flink.configuration import Shape
from rigs.flink.fields import Object, as_object
from rigs.flink.job import RunningJob, submit
from rigs.kafka.broker import Broker
from rigs.kafka.tools import CONSUMER, KafkaTools
from rigs.messages import Failure, say, show_tail, step, warn
from rigs.parts import DISTRIBUTION_VERSION, fetch_distribution, fetch_jars
from rigs.processes import words
from rigs.runs import Run
from rigs.tools import Java
from rigs.verification import Report, read_report

FIRST_CHECKPOINT_LIMIT_S = 120
# Without a new record for so long a topic is read.
READ_LIMIT_MS = 15_000


def now_ms() -> int:
    """As Kafka and Flink have it."""
    return int(time.time() * 1000)


def seconds_since(ms: int) -> str:
    """With a tenth."""
    return f"{(now_ms() - ms) / 1000:.1f}"


def topics(source: str, name: str) -> list[str]:
    """The topics of a trial, as the job and `callweave verify` take them."""
    results = ["--output-topic", f"linked-{name}"]
    for what in ("chains", "edges", "spans", "alerts"):
        results += [f"--{what}-topic", f"{what}-{name}"]
    return ["--input-topic", f"calls-{source}", *results, "--rejects-topic", f"rejected-{name}"]


@dataclass(frozen=True)
class TestBed:
    """A broker and a cluster that are up, and what is built to run on them."""

    run: Run
    java: Java
    broker: Broker
    kafka: KafkaTools
    cluster: Cluster
    job_jar: Path
    callweave: Path

    def run_job(
        self,
        name: str,
        parallelism: int,
        options: Sequence[str],
        source: str = "",
        savepoint: str | None = None,
        class_path: Sequence[Path] = (),
    ) -> RunningJob:
        """The job, which reads calls-SOURCE, or calls-NAME; the rest is named by NAME."""
        restored = ["-s", savepoint] if savepoint else []
        beside = [word for jar in class_path for word in ("-C", jar.as_uri())]
        where = ["--bootstrap", self.broker.bootstrap, *topics(source or name, name), "--group-id", f"trial-{name}"]
        size = ["--parallelism", str(parallelism)]
        return submit(self.run, self.cluster, [*restored, *beside, self.job_jar, *where, *size, *options])

    def await_checkpoint(self, job: RunningJob, ms: int, limit_s: float) -> bool:
        """Whether one came through that began after that; said where not."""
        return job.await_checkpoint_since(ms, limit_s, self.broker.is_alive)

    def await_first_checkpoint(self, job: RunningJob) -> None:
        if not self.await_checkpoint(job, 0, FIRST_CHECKPOINT_LIMIT_S):
            raise Failure("the job did not get as far as a checkpoint: see above")

    def read_committed(self, topic: str) -> list[Object]:
        """The records of a topic that grows no more, as readers get them."""
        return [as_object(json.loads(line)) for line in self.read_lines(topic) if line.startswith("{")]

    def read_lines(self, topic: str) -> list[str]:
        """The same as texts."""
        reading = ["--topic", topic, "--from-beginning", "--isolation-level", "read_committed"]
        with open(self.run.log / "consumer.out", "ab") as log:
            command = self.kafka.command(CONSUMER, [*reading, "--timeout-ms", str(READ_LIMIT_MS)])
            _, printed = self.run.children.capture(command, log)
        return printed.splitlines()

    def verify(self, name: str, limit_s: int, *options: str) -> Verdict:
        """Waits until every record of calls-NAME is accounted for, and compares."""
        report, errors = self.run.log / f"verify-{name}.out", self.run.log / "verify.out"
        command = words(self.callweave, "verify", "--bootstrap", self.broker.bootstrap, *topics(name, name))
        with open(report, "wb") as out, open(errors, "ab") as err:
            code = self.run.children.run([*command, "--wait", "--timeout", str(limit_s), *options], out, err)
        text = report.read_text()
        if code != 0:
            show_tail([errors])
            warn(text.rstrip("\n"))
        return Verdict(code == 0, text, read_report(text))


@dataclass(frozen=True)
class Verdict:
    """Whether the result is what the reference says, and what the reference says."""

    is_same: bool
    text: str
    report: Report


def set_up(run: Run, shape: Shape) -> TestBed:
    """Fetches and builds what is missing, and starts the broker and the cluster."""
    java = tools.get_all(run)
    build = JobAndCommand(run)
    fetch_jars(run, "kafka")
    fetch_distribution(run)
    job_jar, callweave = build.job_jar(), build.command()
    cluster = Cluster(run, run.folder / "cluster")
    say(f"Logs are in {run.log} and {cluster.log}")
    step("Starting Kafka")
    broker = Broker(run, java)
    broker.start()
    step(f"Starting Flink {DISTRIBUTION_VERSION} on {java}, TaskManagers: {shape.taskmanagers}")
    run.at_exit(lambda _: cluster.stop())
    cluster.start(java, shape)
    kafka = KafkaTools(run, java, broker.bootstrap)
    return TestBed(run, java, broker, kafka, cluster, job_jar, callweave)
