"""A stock cluster on which jobs have a TaskManager each, for the benchmarks with Kafka."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from rigs import trials
from rigs.bench.bench import LINKS_ALONE, Bench
from rigs.build import BenchJar, build_bench_jar, cargo_build
from rigs.flink.configuration import Shape
from rigs.flink.daemons import JOBMANAGER, TASKMANAGER, cpu_ms, send
from rigs.flink.job import RunningJob, submit
from rigs.messages import Failure, show_tail
from rigs.processes import Argument, words
from rigs.trials import TestBed

PARTITIONS = 5
AWAIT_LIMIT_S = 900
# Those that are stopped for a while must not be taken for dead. Flink's default of memory is less than
# the buffers of the producers.
SETTINGS = ("taskmanager.memory.process.size=4g", "heartbeat.timeout=3600000")
# A process that is stopped for a while must not take that for trouble with the broker.
PATIENT_PRODUCERS = ("--kafka.max.block.ms", "900000")


@dataclass
class Side:
    """A job and the TaskManager that is all its own."""

    name: str
    taskmanager: int
    job: RunningJob

    def freeze(self) -> None:
        send([self.taskmanager], signal.SIGSTOP)

    def thaw(self) -> None:
        send([self.taskmanager], signal.SIGCONT)


class BenchCluster:
    """The broker and the cluster, which is a new one for each set: Flink keeps the slots of a TaskManager that
    has ended."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.jar: BenchJar = build_bench_jar(bench.run)
        self._topics = cargo_build(bench.run, "callweave-bench-latency")
        self._shape = Shape(0, bench.cores, settings=SETTINGS)

    @property
    def testbed(self) -> TestBed:
        assert self._bench.testbed is not None, "no cluster was started yet"
        return self._bench.testbed

    def start_cluster(self) -> None:
        """A new one without a TaskManager; the broker stays."""
        if self._bench.testbed is None:
            self._bench.testbed = trials.set_up(self._bench.run, self._shape)
        else:
            self.testbed.cluster.stop()
            self.testbed.cluster.start(self.testbed.java, self._shape)

    def start_taskmanager(self) -> int:
        """The only one that has free slots. It has a slot for each core."""
        cluster = self.testbed.cluster
        others = set(cluster.pids(TASKMANAGER))
        cluster.add_taskmanager()
        cluster.await_slots(self._bench.cores)
        (new,) = set(cluster.pids(TASKMANAGER)) - others
        return new

    def submit(self, name: str, source: str, *jar: Argument) -> RunningJob:
        """The job in a jar, with its options for Flink before it, from calls-SOURCE to linked-NAME."""
        where = ["--bootstrap", self.testbed.broker.bootstrap, *trials.topics(source, name), "--group-id", name]
        size = ["--parallelism", str(self._bench.cores)]
        return submit(self._bench.run, self.testbed.cluster, [*jar, *where, *size, LINKS_ALONE, *PATIENT_PRODUCERS])

    def flink_cpu_ms(self, taskmanager: int) -> int:
        """Of the JobManager and one TaskManager."""
        return cpu_ms([*self.testbed.cluster.pids(JOBMANAGER), taskmanager])

    # --- topics

    def count_records(self, topic: str) -> int:
        """Committed or not."""
        log = self._bench.run.log / "topics.out"
        with open(log, "ab") as errors:
            code, printed = self._bench.run.children.capture(self._look("count", "--topic", topic), errors)
        if code != 0:
            show_tail([log])
            raise Failure(f"the records of {topic} could not be counted: see above")
        return int(printed)

    def await_records(self, topic: str, records: int, job: RunningJob) -> None:
        """Until it holds so many, committed or not."""
        log = self._bench.run.log / "await.out"
        command = self._look("await", "--topic", topic, "--records", str(records), "--timeout-s", str(AWAIT_LIMIT_S))
        if self._bench.run.children.run_logged(command, log) != 0:
            show_tail([log])
            state = job.look().state or "not known to Flink"
            raise Failure(f"{topic} did not get {records} records; the job is {state}: {job.failure()}")

    def measure(self, source: str, result: str, from_ms: int, to_ms: int) -> str:
        """How late results came, as a line of JSON."""
        log = self._bench.run.log / "measure.out"
        span = ["--from-ms", str(from_ms), "--to-ms", str(to_ms)]
        with open(log, "ab") as errors:
            command = self._look("measure", "--input", source, "--result", result, *span)
            code, printed = self._bench.run.children.capture(command, errors)
        if code != 0:
            show_tail([log])
            raise Failure(f"the delays of {result} could not be measured: see above")
        return printed

    def _look(self, what: str, *arguments: Argument) -> list[str]:
        return words(self._topics, what, "--bootstrap", self.testbed.broker.bootstrap, *arguments)
