"""The run of scripts/spans-check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.flink.fields import Object, as_object, as_text
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.parts import fetch_browser_driver, fetch_zipkin
from rigs.processes import wait_until, words
from rigs.runs import ROOT, Run, guarded
from rigs.spans.chains import (
    differences,
    edges_of_chains,
    edges_of_dependencies,
    tree_of_chain,
    tree_of_trace,
)
from rigs.spans.collected import compare_in_jaeger
from rigs.spans.written import PARALLELISM, Written, write_chains
from rigs.trials import set_up
from rigs.zipkin import Zipkin

USAGE = """\
Runs the job with spans for Zipkin on a stock Flink cluster and a Kafka broker, and tells whether a real
Zipkin gives back what the chains topic has: the tree of each chain, and the graph of dependencies with
the calls of each edge. Then a browser looks at the list, the timeline of the largest chain and the graph.

The same spans, and those of a second run in OTLP, are read by the OpenTelemetry Collector with
deploy/otel/collector.yaml and handed to Jaeger, whose API must give back the trees, too.

Usage: scripts/spans-check [--calls N] [--style S] [--pictures FOLDER] [--keep]

  --calls N            simulated calls of each run (400)
  --style S            server or pair, what a call becomes (server)
  --pictures FOLDER    where the browser's pictures go (.local/spans)
  --keep               keep logs and data of the run, below .local/run
  --help

The browser is chromium from PATH, driven by node with playwright-core; without one of them that part is
skipped, and said so. The Collector and Jaeger are built by Go; without Go that part is skipped, too.
"""
OPTIONS = Options(
    command="spans-check", usage=USAGE, numbers=("--calls",), texts=("--style", "--pictures"), flags=("--keep",)
)
ARRIVAL_LIMIT_S = 120
BROWSER_LIMIT_S = 180


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    calls, style = given.number("--calls") or 400, given.text("--style") or "server"
    pictures = Path(given.text("--pictures") or ROOT / ".local" / "spans").absolute()

    def body(run: Run) -> int:
        jar = fetch_zipkin(run)
        testbed = set_up(run, Shape(1, PARALLELISM))
        written = write_chains(run, testbed, Written("zipkin", style, calls))
        step("Starting Zipkin")
        zipkin = Zipkin(run, testbed.java, jar, testbed.broker.bootstrap, written.topic)
        zipkin.await_start()
        compare(zipkin, written.chains)
        look(run, zipkin, max(written.chains, key=lambda chain: len(tree_of_chain(chain))), pictures)
        compare_in_jaeger(run, testbed, written)
        return 0

    return guarded(body, "--keep" in given.flags)


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
