"""The run of scripts/spans-check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.flink.fields import Object, as_object, as_text
from rigs.jaeger import Jaeger
from rigs.kafka.load import simulate
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.parts import fetch_browser_driver, fetch_jaeger, fetch_zipkin
from rigs.processes import wait_until, words
from rigs.runs import ROOT, Run, guarded
from rigs.spans.chains import (
    differences,
    edges_of_chains,
    edges_of_dependencies,
    tree_of_chain,
    tree_of_jaeger,
    tree_of_trace,
)
from rigs.trials import TestBed, set_up
from rigs.zipkin import Zipkin

USAGE = """\
Runs the job with spans for Zipkin on a stock Flink cluster and a Kafka broker, and tells whether a real
Zipkin gives back what the chains topic has: the tree of each chain, and the graph of dependencies with
the calls of each edge. Then a browser looks at the list, the timeline of the largest chain and the graph.

Usage: scripts/spans-check [--calls N] [--pictures FOLDER]

  --calls N            simulated calls (400)
  --style S            server or pair, what a call becomes (server)
  --pictures FOLDER    where the browser's pictures go (.local/spans)
  --keep               keep logs and data of the run, below .local/run
  --help

The browser is chromium from PATH, driven by node with playwright-core; without one of them that part is
skipped, and said so. Jaeger is built by Go and given the same records; without Go it is skipped, too. The
OpenTelemetry Collector is not in it.
"""
OPTIONS = Options(
    command="spans-check", usage=USAGE, numbers=("--calls",), texts=("--style", "--pictures"), flags=("--keep",)
)
TOPIC = "spans-spans"
PARALLELISM = 2
PARTITIONS = 5
ARRIVAL_LIMIT_S = 120
BROWSER_LIMIT_S = 180


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    calls, style = given.number("--calls") or 400, given.text("--style") or "server"
    pictures = Path(given.text("--pictures") or ROOT / ".local" / "spans").absolute()

    def body(run: Run) -> int:
        jar = fetch_zipkin(run)
        testbed = set_up(run, Shape(1, PARALLELISM))
        chains = write_chains(run, testbed, calls, style)
        step("Starting Zipkin")
        zipkin = Zipkin(run, testbed.java, jar, testbed.broker.bootstrap, TOPIC)
        zipkin.await_start()
        compare(zipkin, chains)
        compare_in_jaeger(run, testbed, chains)
        look(run, zipkin, max(chains, key=lambda chain: len(tree_of_chain(chain))), pictures)
        return 0

    return guarded(body, "--keep" in given.flags)


def write_chains(run: Run, testbed: TestBed, calls: int, style: str) -> list[Object]:
    """Has the job write simulated calls; its chains, as a reader of their topic gets them."""
    step(f"{calls} calls, their chains as spans of the style {style}")
    testbed.kafka.create_topic("calls-spans", PARTITIONS)
    traffic = ("--calls", str(calls), "--seed", "1", "--address", "ipv4")
    command = simulate(testbed.callweave, testbed.broker.bootstrap, "calls-spans", *traffic)
    if run.children.run_logged(command, run.log / "simulate.out") != 0:
        show_tail([run.log / "simulate.out"])
        raise Failure("the simulator failed: see above")
    spans = ("--outputs", "links,chains,spans", "--spans-format", "zipkin", "--span-style", style)
    testbed.run_job("spans", PARALLELISM, (*spans, "--checkpoint-interval-ms", "1000"))
    verdict = testbed.verify("spans", 300, *spans)
    if not verdict.is_same:
        raise Failure("chains or spans are not what the reference says: see above")
    chains = testbed.read_committed("chains-spans")
    if not chains:
        raise Failure("nothing is in chains-spans")
    return chains


def compare(zipkin: Zipkin, chains: Sequence[Object]) -> None:
    """Raises `Failure` where Zipkin has other trees or other edges."""
    step(f"Comparing {len(chains)} chains with what Zipkin gives back")
    expected = edges_of_chains(chains)

    def edges() -> list[str]:
        # A day and more: what is simulated ends now, and began some minutes ago.
        ends = {"endTs": _last_ms(chains) + 60_000, "lookback": 86_400_000}
        return differences(expected, edges_of_dependencies(zipkin.get("dependencies", ends)))

    if not wait_until(lambda: not edges(), ARRIVAL_LIMIT_S, poll_s=2):
        raise Failure("Zipkin's graph of dependencies is another: " + "; ".join(edges()[:10]))
    for chain in chains:
        trace_id = as_text(chain.get("trace_id")) or ""
        found = tree_of_trace(zipkin.get(f"trace/{trace_id}"))
        if found != tree_of_chain(chain):
            raise Failure(f"Zipkin has another tree than the chain {chain.get('chain')}: {found}")
    say(
        f"{len(chains)} traces are the trees of their chains; the graph has {len(expected)} edges, with all their calls"
    )


def compare_in_jaeger(run: Run, testbed: TestBed, chains: Sequence[Object]) -> None:
    """Raises `Failure` where Jaeger, given the records of the topic, has other trees."""
    binary = fetch_jaeger(run)
    if binary is None:
        say("skipped: Jaeger is asked nothing, there is no go in PATH that could build it")
        return
    step("Starting Jaeger")
    jaeger = Jaeger(run, binary)
    jaeger.await_start()
    for record in testbed.read_lines(TOPIC):
        if record.startswith("["):
            jaeger.post(record)

    def others() -> list[Object]:
        return [chain for chain in chains if tree_of_jaeger(jaeger.trace(chain)) != tree_of_chain(chain)]

    if not wait_until(lambda: not others(), ARRIVAL_LIMIT_S):
        chain = others()[0]
        found = tree_of_jaeger(jaeger.trace(chain))
        raise Failure(f"Jaeger has another tree than the chain {chain.get('chain')}: {found}")
    say(f"Jaeger gives back {len(chains)} traces as the trees of their chains")


def look(run: Run, zipkin: Zipkin, chain: Object, pictures: Path) -> None:
    """In a browser. Raises `Failure` where it does not show a service of the chain, or the page has an error."""
    node, chromium = shutil.which("node"), shutil.which("chromium")
    if node is None or chromium is None:
        say(f"skipped: a browser looks at nothing, there is no {'node' if node is None else 'chromium'} in PATH")
        return
    step("A browser looks at the list, a timeline and the graph")
    pictures.mkdir(parents=True, exist_ok=True)
    driver = fetch_browser_driver(run)
    trace_id = as_text(chain.get("trace_id")) or ""
    command = words(node, Path(__file__).with_name("look.mjs"), driver, chromium, zipkin.url, trace_id, pictures)
    log = run.log / "browser.out"
    with open(log, "ab") as errors:
        code, printed = run.children.capture(["timeout", str(BROWSER_LIMIT_S), *command], errors)
    if code != 0:
        show_tail([log])
        raise Failure(f"the browser did not come through (exit {code}): see above")
    seen = as_object(json.loads(printed))
    services = {str(as_object(hop)["dst"]) for hop in _hops(chain)}
    missing = sorted(service for service in services if service not in (as_text(seen.get("trace")) or ""))
    if missing or seen.get("errors"):
        raise Failure(f"the timeline of {trace_id} lacks {missing}; errors of the page: {seen.get('errors')}")
    say(f"the timeline of {trace_id} shows its {len(services)} services; pictures are in {pictures}")


def _hops(chain: Object) -> list[object]:
    hops = chain.get("hops")
    return hops if isinstance(hops, list) else []


def _last_ms(chains: Sequence[Object]) -> int:
    ends = (chain.get("end_at_ms") for chain in chains)
    return max(end for end in ends if isinstance(end, int))
