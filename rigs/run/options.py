"""What the command line of scripts/run asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Sequence

from rigs.messages import Failure
from rigs.options import Options

USAGE = """\
Runs callweave on this machine, on real parts: a Kafka broker, a Flink cluster with its UI, and
simulated traffic. What is missing is fetched and built first. Ctrl-C ends all of it.

Usage: scripts/run [--rate CALLS_PER_S]           live traffic, until Ctrl-C
       scripts/run --zipkin                       live traffic, and its chains in Zipkin's UI
       scripts/run --calls N [--seed S]           N calls, then compares the result with the
                                                  reference; exits 0 only if they are the same

  --rate R             calls a second of the live traffic (50)
  --calls N            write N calls, wait until all are out, compare, end
  --seed S             seed of the simulated traffic (1)
  --parallelism N      of the job (2)
  --bootstrap H:P      use this Kafka instead of starting one. A topic that is there already
                       gets simulated calls only if --rate is given
  --input-topic T      (test-topic)
  --output-topic T     (linked-topic)
  --chains-topic T     (chains-topic)
  --rejects-topic T    (rejected-topic)
  --zipkin             chains go to a Zipkin server, too, which is fetched (100 MB) and started on
                       a free port of the loopback; it needs 400 MB of memory, and Java 17
  --spans-topic T      (zipkin)
  --java HOME          Kafka and Flink run on this Java 8, 11 or 17, with or without compiler
                       (the one that builds)
  --keep               keep logs and data of the run, below .local/run
  --help
"""
OPTIONS = Options(
    command="run",
    usage=USAGE,
    numbers=("--rate", "--calls", "--seed", "--parallelism"),
    texts=(
        "--bootstrap",
        "--input-topic",
        "--output-topic",
        "--chains-topic",
        "--rejects-topic",
        "--spans-topic",
        "--java",
    ),
    flags=("--zipkin", "--keep"),
)


@dataclass(frozen=True)
class Plan:
    """`calls` is None for live traffic; `bootstrap` where there is a Kafka already; `spans_topic` without Zipkin."""

    rate: int | None
    calls: int | None
    seed: int
    parallelism: int
    bootstrap: str | None
    input_topic: str
    output_topic: str
    chains_topic: str
    rejects_topic: str
    spans_topic: str | None
    java: str | None
    keep: bool

    @property
    def topics(self) -> list[str]:
        """As the job and `callweave verify` take them."""
        results = ["--output-topic", self.output_topic, "--chains-topic", self.chains_topic]
        return ["--input-topic", self.input_topic, *results, "--rejects-topic", self.rejects_topic]

    @property
    def spans(self) -> list[str]:
        """As the job takes them."""
        if self.spans_topic is None:
            return []
        return ["--outputs", "links,chains,spans", "--spans-format", "zipkin", "--spans-topic", self.spans_topic]


def read_plan(arguments: Sequence[str]) -> Plan:
    """Raises `Failure` where the arguments make no plan."""
    given = OPTIONS.read(arguments)
    rate, calls, seed, parallelism = (given.number(name) for name in OPTIONS.numbers)
    if rate is not None and calls is not None:
        raise Failure("--rate is for live traffic, --calls for a bounded run: give one of them")
    if parallelism == 0:
        raise Failure("--parallelism must be at least 1")
    bootstrap = given.text("--bootstrap")
    if bootstrap is not None:
        first_address(bootstrap)
    plan = Plan(
        rate=rate,
        calls=calls,
        seed=1 if seed is None else seed,
        parallelism=parallelism or 2,
        bootstrap=bootstrap,
        input_topic=given.text("--input-topic") or "test-topic",
        output_topic=given.text("--output-topic") or "linked-topic",
        chains_topic=given.text("--chains-topic") or "chains-topic",
        rejects_topic=given.text("--rejects-topic") or "rejected-topic",
        spans_topic=(given.text("--spans-topic") or "zipkin") if "--zipkin" in given.flags else None,
        java=given.text("--java"),
        keep="--keep" in given.flags,
    )
    names = [*plan.topics[1::2], *plan.spans[5::2]]
    if len(set(names)) < len(names):
        raise Failure(f"the topics are {', '.join(names)}; give each a name of its own")
    return plan


def first_address(bootstrap: str) -> tuple[str, int]:
    """Host and port of the first of a list. Raises `Failure` where it has none.

    >>> first_address("kafka:9092,other:9092"), first_address("[::1]:9092")
    (('kafka', 9092), ('::1', 9092))
    """
    match = re.fullmatch(r"(.+):([0-9]+)", bootstrap.split(",")[0])
    if match is None:
        raise Failure(f"--bootstrap needs HOST:PORT, not '{bootstrap}'")
    return match.group(1).strip("[]"), int(match.group(2))
