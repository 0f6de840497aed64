"""Whether Jaeger gives back what the OpenTelemetry Collector reads for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rigs.collector import Collector
from rigs.flink.fields import Object
from rigs.jaeger import Jaeger
from rigs.messages import say, step
from rigs.parts import fetch_collector, fetch_jaeger
from rigs.processes import wait_until
from rigs.runs import Run
from rigs.spans.chains import tree_of_chain, tree_of_jaeger
from rigs.spans.written import Written, write_chains
from rigs.trials import TestBed

# As the Collector's Kafka receiver calls them.
ENCODINGS = {"otlp": "otlp_proto", "zipkin": "zipkin_json"}
ARRIVAL_LIMIT_S = 120


def compare_in_jaeger(run: Run, testbed: TestBed, zipkin: Written) -> None:
    """Raises `Failure` where Jaeger has other trees than the chains, by spans of either format."""
    binary, collector = fetch_jaeger(run), fetch_collector(run)
    if binary is None or collector is None:
        say("skipped: no Collector hands spans to a Jaeger, there is no go in PATH that could build them")
        return
    otlp = write_chains(run, testbed, replace(zipkin, format="otlp", chains=()))
    step("Starting Jaeger")
    jaeger = Jaeger(run, binary)
    jaeger.await_start()
    for written in (zipkin, otlp):
        _collect(run, testbed, collector, jaeger, written)


def _collect(run: Run, testbed: TestBed, binary: Path, jaeger: Jaeger, written: Written) -> None:
    encoding = ENCODINGS[written.format]
    step(f"An OpenTelemetry Collector hands {written.topic} to Jaeger, as {encoding}")
    collector = Collector(run, binary, testbed.broker.bootstrap, written.topic, encoding, jaeger.otlp)

    def first_other() -> Object | None:
        others = (chain for chain in written.chains if tree_of_jaeger(jaeger.trace(chain)) != tree_of_chain(chain))
        return next(others, None)

    wait_until(lambda: first_other() is None, ARRIVAL_LIMIT_S, collector.is_alive, poll_s=1)
    collector.check_alive()
    chain = first_other()
    if chain is not None:
        found = tree_of_jaeger(jaeger.trace(chain))
        collector.fail(f"brought Jaeger another tree than the chain {chain.get('chain')}: {found}")
    say(f"Jaeger gives back {len(written.chains)} traces as the trees of their chains")
