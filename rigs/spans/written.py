"""Simulated calls, and what the job writes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Sequence

from rigs.flink.fields import Object
from rigs.kafka.load import simulate
from rigs.messages import Failure, show_tail, step
from rigs.runs import Run
from rigs.trials import TestBed

PARALLELISM = 2
PARTITIONS = 5
# Of each format other calls, so that a store which gets both can tell their traces apart.
SEEDS = {"zipkin": 1, "otlp": 2}


@dataclass(frozen=True)
class Written:
    """Spans of a format and a style, and the chains that they are made of."""

    format: str
    style: str
    calls: int
    chains: Sequence[Object] = ()

    @property
    def topic(self) -> str:
        return f"spans-{self.format}"


def write_chains(run: Run, testbed: TestBed, wanted: Written) -> Written:
    """Has the job write simulated calls; with its chains, as a reader of their topic gets them."""
    name, calls = wanted.format, f"calls-{wanted.format}"
    step(f"{wanted.calls} calls, their chains as spans of the format {wanted.format} and the style {wanted.style}")
    testbed.kafka.create_topic(calls, PARTITIONS)
    traffic = ("--calls", str(wanted.calls), "--seed", str(SEEDS[name]), "--address", "ipv4")
    log = run.log / f"simulate-{name}.out"
    if run.children.run_logged(simulate(testbed.callweave, testbed.broker.bootstrap, calls, *traffic), log) != 0:
        show_tail([log])
        raise Failure("the simulator failed: see above")
    spans = ("--outputs", "links,chains,spans", "--spans-format", wanted.format, "--span-style", wanted.style)
    job = testbed.run_job(name, PARALLELISM, (*spans, "--checkpoint-interval-ms", "1000"))
    verdict = testbed.verify(name, 300, *spans)
    if not verdict.is_same:
        raise Failure("chains or spans are not what the reference says: see above")
    # The next one takes its slots.
    job.cancel()
    chains = testbed.read_committed(f"chains-{name}")
    if not chains:
        raise Failure(f"nothing is in chains-{name}")
    return replace(wanted, chains=chains)
