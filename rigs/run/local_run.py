"""What scripts/run has started, and whether it still goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from rigs.build import JobAndCommand
from rigs.flink.cluster import Cluster
from rigs.flink.daemons import JOBMANAGER, TASKMANAGER
from rigs.flink.job import RunningJob
from rigs.flink.metrics import Metrics
from rigs.kafka.load import simulate
from rigs.kafka.tools import PRODUCER
from rigs.messages import Failure, grouped, say, show_tail, warn
from rigs.processes import Child, piped
from rigs.run.kafka import PARTITIONS, Kafka
from rigs.run.options import Plan
from rigs.runs import Run
from rigs.zipkin import Zipkin

# Broken, late and repeated records among the simulated ones, as shares.
TROUBLES = (
    *("--malformed", "0.002", "--invalid", "0.002", "--inconsistent", "0.001", "--too-long", "0.001"),
    *("--future", "0.001", "--late", "0.002", "--duplicate", "0.003"),
)


@dataclass
class LocalRun:
    """Kafka, Flink, the job, and the simulator while there is one."""

    run: Run
    plan: Plan
    kafka: Kafka
    cluster: Cluster
    job: RunningJob
    build: JobAndCommand
    zipkin: Zipkin | None = None
    simulator: Child | None = None
    restarts: int = 0

    @property
    def callweave(self) -> Path:
        """The command, as soon as it is built."""
        return self.build.command()

    def start_live_calls(self, live: Path, rate: int) -> None:
        """Calls by a program that is there before the command is."""
        producer = self.kafka.tools.command(PRODUCER, ["--topic", self.plan.input_topic])
        # Ids are of the seed: those of the simulator are others.
        command = piped([live, str(rate), str(self.plan.seed + 1)], producer)
        self.simulator = self.run.children.start_logged(command, self.run.log / "simulate.out")

    def start_simulator(self, *options: str) -> Child:
        seed = ("--partitions", str(PARTITIONS), "--seed", str(self.plan.seed))
        bootstrap = self.kafka.tools.bootstrap
        command = simulate(self.callweave, bootstrap, self.plan.input_topic, *seed, *TROUBLES, *options)
        self.simulator = self.run.children.start_logged(command, self.run.log / "simulate.out")
        return self.simulator

    def say_status(self, metrics: Metrics, more: str = "") -> None:
        """Restarts, and a line of the job's metrics."""
        self._say_restarts()
        say(status_line(time.strftime("%H:%M:%S"), metrics) + more)

    def check_alive(self) -> None:
        """Ends the run where a part of it has ended by itself."""
        if self.kafka.broker is not None:
            self.kafka.broker.check_alive()
        if self.zipkin is not None:
            self.zipkin.check_alive()
        if self.simulator is not None and not self.simulator.is_alive():
            show_tail([self.run.log / "simulate.out"])
            raise Failure("the simulator has ended: see above")
        # Flink would notice after most of a minute, and then wait for another one without end.
        self._check_daemon(TASKMANAGER, "TaskManager")
        state = self.job.look().state
        if state in ("FAILED", "CANCELED", "FINISHED"):
            warn("--- why, in short")
            for line in self.cluster.rest.failure(self.job.id):
                warn(line)
            raise Failure(f"the job is {state}: see above, and the logs")
        if state is None:
            self._check_daemon(JOBMANAGER, "JobManager")

    def _check_daemon(self, kind: str, name: str) -> None:
        if not self.cluster.pids(kind):
            self.cluster.show_logs(kind)
            raise Failure(f"Flink's {name} has ended: see above")

    def _say_restarts(self) -> None:
        """When the job has failed and been started again."""
        restarts = self.job.restarts() or 0
        if restarts > self.restarts:
            self.restarts = restarts
            warn(f"The job failed and was started again ({restarts} so far): {self.job.failure(2)}")


def status_line(at: str, metrics: Metrics) -> str:
    read, written, chains, duplicates = (
        grouped(metrics.get(name)) for name in ("read", "written", "Chain.written", "duplicates")
    )
    return (
        f"{at}  read {read}  linked {written}  chains {chains}  rejected {metrics.rejected()}"
        f"  duplicates {duplicates}  lag {metrics.lag()}"
    )
