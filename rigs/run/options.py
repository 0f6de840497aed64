"""What the command line of scripts/run asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.messages import Failure
from rigs.options import Options
from rigs.outputs import AllOutputs, SpanForm, all_outputs

USAGE = """\
Runs callweave on this machine, on real parts: a Kafka broker, a Flink cluster with its UI, and
simulated traffic. What is missing is fetched and built first. Ctrl-C ends all of it.

Usage: scripts/run [--rate CALLS_PER_S]           live traffic, until Ctrl-C
       scripts/run --zipkin                       live traffic, and its chains in Zipkin's UI
       scripts/run --calls N [--seed S]           N calls, then compares the result with the
                                                  reference; exits 0 only if they are the same

  --rate R             calls a second of the live traffic (50)
  --calls N            write N calls, wait until all are out, compare, end; all outputs are on: links, chains,
                       edges, spans and alerts, with windows of 2 s
  --seed S             seed of the simulated traffic (1)
  --parallelism N      of the job (2)
  --bootstrap H:P      use this Kafka instead of starting one. A topic that is there already
                       gets simulated calls only if --rate is given
  --input-topic T      (test-topic)
  --output-topic T     (linked-topic)
  --chains-topic T     (chains-topic)
  --rejects-topic T    (rejected-topic)
  --edges-topic T      (edges-topic)
  --alerts-topic T     (alerts-topic)
  --zipkin             chains go to a Zipkin server, too, which is fetched (100 MB) and started on
                       a free port of the loopback; it needs 400 MB of memory, and Java 17
  --spans-topic T      (zipkin; with --calls otlp_spans)
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
        "--edges-topic",
        "--alerts-topic",
        "--spans-topic",
        "--java",
    ),
    flags=("--zipkin", "--keep"),
)


@dataclass(frozen=True)
class Plan:
    """`calls` is None for live traffic; `bootstrap` where there is a Kafka already."""

    rate: int | None
    calls: int | None
    seed: int
    parallelism: int
    bootstrap: str | None
    input_topic: str
    output_topic: str
    chains_topic: str
    rejects_topic: str
    edges_topic: str
    alerts_topic: str
    spans_topic: str
    with_zipkin: bool
    java: str | None
    keep: bool

    @property
    def form(self) -> SpanForm:
        """Of the spans, if there are any."""
        return SpanForm("zipkin" if self.with_zipkin else "otlp", "server")

    @property
    def topics(self) -> list[str]:
        """As the job and `callweave verify` take them."""
        named = ["--input-topic", self.input_topic, "--output-topic", self.output_topic]
        named += ["--chains-topic", self.chains_topic, "--rejects-topic", self.rejects_topic]
        if self.calls is not None:
            named += ["--edges-topic", self.edges_topic, "--alerts-topic", self.alerts_topic]
        if self.calls is not None or self.with_zipkin:
            named += ["--spans-topic", self.spans_topic]
        return named

    def outputs(self, folder: Path) -> AllOutputs:
        """What is written and compared; `folder` gets the rules of alerts."""
        if self.calls is not None:
            return all_outputs(folder, self.form)
        spans = ["--outputs", "links,chains,spans", "--spans-format", self.form.format] if self.with_zipkin else []
        return AllOutputs(spans, spans)


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
    with_zipkin = "--zipkin" in given.flags
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
        edges_topic=given.text("--edges-topic") or "edges-topic",
        alerts_topic=given.text("--alerts-topic") or "alerts-topic",
        spans_topic=given.text("--spans-topic") or ("zipkin" if with_zipkin else "otlp_spans"),
        with_zipkin=with_zipkin,
        java=given.text("--java"),
        keep="--keep" in given.flags,
    )
    names = plan.topics[1::2]
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
