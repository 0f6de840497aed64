"""The run of scripts/rocketmq-check."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Sequence

from rigs.build import build_connector_jar
from rigs.faults.kinds import HEARTBEAT_TIMEOUT_MS, RECOVERY_LIMIT_S, Target, kill_taskmanager
from rigs.flink.configuration import Shape
from rigs.flink.job import RunningJob
from rigs.kafka.load import simulate
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.processes import Argument, wait_until, words
from rigs.rocketmq.server import RocketMq
from rigs.runs import Run, guarded
from rigs.trials import TestBed, now_ms, set_up

USAGE = """\
Runs the job with the connector for RocketMQ on a stock Flink cluster, with a Kafka broker, and a name server
and a broker of RocketMQ. Calls in protobuf come from RocketMQ, links and chains go to Kafka, and TaskManagers
are killed meanwhile; then the same calls go from RocketMQ to RocketMQ. The reference judges both: what is in
Kafka as it is, what is in RocketMQ without its repeats, which must be the same byte for byte.

Usage: scripts/rocketmq-check [--calls N] [--rate CALLS_PER_S] [--kills N]

  --calls N    in each part (12000)
  --rate R     messages a second (200)
  --kills N    TaskManagers that are killed in each part (2)
  --keep       keep logs and data of the run, below .local/run
  --help
"""
OPTIONS = Options(command="rocketmq-check", usage=USAGE, numbers=("--calls", "--rate", "--kills"), flags=("--keep",))
PARALLELISM = 2
TASKMANAGERS = 2
# Of each: what is left takes all while a killed one is replaced.
SLOTS = 2
SETTINGS = (f"heartbeat.timeout={HEARTBEAT_TIMEOUT_MS}", "heartbeat.interval=2000")
QUEUES = 4
SEED = 1
VERIFY_LIMIT_S = 300
ARRIVAL_LIMIT_S = 180
OUTPUTS = ("linked", "chains", "rejected")


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    calls, rate = given.number("--calls") or 12_000, given.number("--rate") or 200
    kills = given.number("--kills")

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(TASKMANAGERS, SLOTS, settings=SETTINGS))
        connector = build_connector_jar(run, "rocketmq", "the connector for RocketMQ")
        step("Starting RocketMQ")
        rocketmq = RocketMq(run, testbed.java)
        rocketmq.start()
        return Check(run, testbed, rocketmq, connector, calls, rate, 2 if kills is None else kills).run_all()

    return guarded(body, "--keep" in given.flags)


class RocketTarget(Target):
    """A job with the connector, which reads a topic of RocketMQ."""

    def __init__(self, testbed: TestBed, connector: Path, name: str, options: Sequence[str]) -> None:
        self._connector = connector
        super().__init__(testbed, random.Random(SEED), TASKMANAGERS, name, PARALLELISM, options)

    def start_job(self, savepoint: str | None = None) -> RunningJob:
        return self.testbed.run_job(
            self.name, self.parallelism, self.options, savepoint=savepoint, class_path=[self._connector]
        )


class Check:
    """Both parts."""

    def __init__(
        self, run: Run, testbed: TestBed, rocketmq: RocketMq, connector: Path, calls: int, rate: int, kills: int
    ) -> None:
        self._run = run
        self._testbed = testbed
        self._rocketmq = rocketmq
        self._connector = connector
        self._calls = calls
        self._rate = rate
        self._kills = kills

    def run_all(self) -> int:
        """The exit code."""
        step(f"From RocketMQ to Kafka: {self._calls} calls in protobuf, {self._rate} a second")
        to_kafka = self._work("in", ())
        first = self._testbed.verify("in", VERIFY_LIMIT_S)
        say(first.text.rstrip("\n"))
        to_kafka.job.cancel()
        step("From RocketMQ to RocketMQ: the same calls")
        for output in OUTPUTS:
            self._rocketmq.make(f"{output}-out", QUEUES)
        to_rocketmq = self._work("out", ("--sink", "rocketmq", "--delivery", "at-least-once"))
        self._await_all()
        to_rocketmq.job.cancel()
        self._copy_to_kafka()
        second = self._testbed.verify("out", VERIFY_LIMIT_S)
        say(second.text.rstrip("\n"))
        return 0 if first.is_same and second.is_same else 1

    def _work(self, name: str, sink: Sequence[str]) -> RocketTarget:
        """The job, its calls, and what happens to its TaskManagers; returns when all calls are sent."""
        messages = self._simulate(name)
        self._rocketmq.make(f"calls-{name}", QUEUES)
        source = ("--source", "rocketmq", "--rocketmq-namesrv", self._rocketmq.name_servers)
        target = RocketTarget(self._testbed, self._connector, name, (*source, "--input-format", "protobuf", *sink))
        self._testbed.await_first_checkpoint(target.job)
        put = self._rocketmq.put(f"calls-{name}", messages, self._rate)
        for _ in range(self._kills):
            # It has some of the calls, and the kill comes between two checkpoints.
            self._testbed.await_checkpoint(target.job, now_ms(), RECOVERY_LIMIT_S)
            kill_taskmanager(target)
            if not target.has_recovered():
                raise Failure(f"no checkpoint was complete within {RECOVERY_LIMIT_S} s: see above")
            say("A TaskManager was killed, and the job goes on")
        if self._kills and not put.is_alive():
            raise Failure("all calls were sent before the last kill: give more of them, or a lower rate")
        self._rocketmq.finish_put(put)
        return target

    def _simulate(self, name: str) -> Path:
        """The same calls as JSON in Kafka, for the reference, and in a file of messages."""
        topic, file = f"calls-{name}", self._run.folder / f"calls-{name}.pb"
        self._testbed.kafka.create_topic(topic, QUEUES)
        traffic: list[Argument] = ["--calls", str(self._calls), "--rate", str(self._rate), "--seed", str(SEED)]
        traffic += ["--end-at-ms", str(now_ms())]
        to_file = words(self._testbed.callweave, "simulate", "--out", file, *traffic)
        to_kafka = simulate(self._testbed.callweave, self._testbed.broker.bootstrap, topic, *traffic)
        log = self._run.log / f"simulate-{name}.out"
        for command in (to_kafka, to_file):
            if self._run.children.run_logged(command, log) != 0:
                show_tail([log])
                raise Failure("the simulator failed: see above")
        return file

    def _await_all(self) -> None:
        """Raises `Failure` where not every call is linked and in a chain in time."""

        def is_all() -> bool:
            linked = len(set(self._rocketmq.get("linked-out")))
            return linked >= self._calls and self._in_chains() >= self._calls

        if not wait_until(is_all, ARRIVAL_LIMIT_S, poll_s=3):
            linked = len(set(self._rocketmq.get("linked-out")))
            raise Failure(
                f"of {self._calls} calls, {linked} are linked and {self._in_chains()} in chains after"
                f" {ARRIVAL_LIMIT_S} s"
            )

    def _in_chains(self) -> int:
        return sum(len(json.loads(chain.partition("\t")[2])["hops"]) for chain in set(self._rocketmq.get("chains-out")))

    def _copy_to_kafka(self) -> None:
        """What is in RocketMQ, each once, to where the reference looks."""
        for output in OUTPUTS:
            messages = self._rocketmq.get(f"{output}-out")
            distinct = sorted(set(messages))
            self._testbed.kafka.create_topic(f"{output}-out", QUEUES)
            if distinct:
                self._testbed.kafka.write(f"{output}-out", distinct, "--property", "parse.key=true")
            say(f"{output}-out: {len(messages)} messages, {len(messages) - len(distinct)} of them repeats")
