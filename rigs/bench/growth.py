"""What a call costs the job, from memory, as one thing after the other changes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rigs.bench.bench import RATES, Bench, topology
from rigs.bench.memory import run_jobs, run_line
from rigs.bench.rows import GrowthRow
from rigs.build import build_bench_jar
from rigs.flink.fields import as_object
from rigs.messages import Failure, step
from rigs.processes import words

WARM_UP_CALLS = 1_000_000
# Each call begins or ends at the one address.
ONE_ADDRESS = """\
services:
  - {name: Client, instances: 100}
  - {name: One, instances: 1}
  - {name: Store, instances: 100}
client: Client
work:
  lognormal: {median_ms: 12, sigma: 0.8}
  stuck: {share: 0, from_ms: 300, to_ms: 20000}
root:
  to: One
  calls:
    - to: Store
"""
OPTIONS = (("bucket-ms", (500, 1000, 2000)), ("ip-groups", (4, 16, 64)), ("id-groups", (1, 4, 16)))
MID_ADDRESSES = 24


def bench_growth(bench: Bench) -> None:
    jar = build_bench_jar(bench.run)
    growth = Growth(bench)
    growth.addresses()
    growth.links()
    growth.one_address()
    growth.slots()
    growth.ids()
    growth.options()
    step(f"{len(growth.runs)} runs a round")
    run_jobs(bench, jar, GrowthRow, growth.runs, warm_up_s=bench.plan.pick(0, 10))
    bench.sets.forget()


class Growth:
    """Collects the runs of each group; the first of a group is what the others are compared with."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._calls = bench.plan.pick(200_000, 2_000_000)
        self.runs: list[str] = []

    def addresses(self) -> None:
        """As many calls at once at each address, so as many links."""
        services = self._bench.run.folder / "more-addresses.yaml"
        for times in (1, 10, 100, 833):
            services.write_text(more_instances(topology("mid").read_text(), times))
            calls = self._traffic(f"addresses-{times}", services, RATES["mid"] * times)
            self._run("addresses", str(MID_ADDRESSES * times), calls, self._bench.cores)

    def links(self) -> None:
        """The same addresses with more calls at once at each."""
        for rate in (70, RATES["mid"], 1600, RATES["hot"], 20_000):
            calls = self._traffic(f"links-{rate}", topology("mid"), rate)
            self._run("links", str(self._links_per_call(calls)), calls, self._bench.cores)

    def one_address(self) -> None:
        services = self._bench.run.folder / "one-address.yaml"
        services.write_text(ONE_ADDRESS)
        calls = self._traffic("one-address", services, 2000)
        for slots in (1, 2):
            self._run("one-address", f"{slots}-slot", calls, slots)

    def slots(self) -> None:
        for slots in (1, 2):
            self._run("slots", str(slots), self._mid("counter"), slots)

    def ids(self) -> None:
        for ids in ("counter", "uuid"):
            self._run("ids", ids, self._mid(ids), self._bench.cores)

    def options(self) -> None:
        for name, values in OPTIONS:
            for value in values:
                self._run(name, str(value), self._mid("counter"), self._bench.cores, f"--{name}={value}")

    def _mid(self, ids: str) -> Path:
        return self._traffic(f"ids-{ids}", topology("mid"), RATES["mid"], ids)

    def _traffic(self, name: str, services: Path, rate: int, ids: str = "counter") -> Path:
        return self._bench.sets.make_calls(f"growth-{name}", services, rate, ids, self._calls)

    def _run(self, group: str, name: str, calls: Path, slots: int, *options: str) -> None:
        """One more in each round."""
        warm_up = min(WARM_UP_CALLS, self._calls)
        options = (f"--parallelism={slots}", *options)
        self.runs.append(run_line(group, name, "callweave", calls, warm_up, self._calls, options))

    def _links_per_call(self, calls: Path) -> int:
        command = words(self._bench.callweave, "check", "--json", calls)
        with open(self._bench.run.log / "check.out", "ab") as log:
            # It exits 1 where something would be rejected, and says so.
            _, printed = self._bench.run.children.capture(command, log)
        links = read_links_per_call(printed)
        if links is None:
            raise Failure(f"callweave check says nothing about the links of {calls}")
        return links


def more_instances(text: str, times: int) -> str:
    """A topology with so many times the addresses.

    >>> more_instances("- {name: A, instances: 4}", 10)
    '- {name: A, instances: 40}'
    """
    return re.sub(r"(instances: )(\d+)", lambda match: f"{match.group(1)}{int(match.group(2)) * times}", text)


def read_links_per_call(printed: str) -> int | None:
    """Of `callweave check --json`, cut to a whole number; None where it does not say.

    >>> read_links_per_call('{"load": {"sample": {"links_per_call": 2.9}}}'), read_links_per_call("{}")
    (2, None)
    """
    try:
        load = as_object(as_object(json.loads(printed)).get("load"))
    except ValueError:
        return None
    links = as_object(load.get("sample")).get("links_per_call")
    return int(links) if isinstance(links, (int, float)) else None
