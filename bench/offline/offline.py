"""callweave link against DuckDB and a plain Rust program: the same file, the same result, side by side.

Run by `scripts/bench offline`. Each round times every side once, in turn; a side's figure is the median
of the rounds, and the comparison is their ratio. Before that, the results are compared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import string
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Callable, Mapping, Sequence

import duckdb

PLAIN = "plain Rust, 1 thread(s)"
SQL = Path(__file__).with_name("link.sql")


def main() -> None:
    parser = argparse.ArgumentParser(description="callweave link against DuckDB and a plain Rust program")
    parser.add_argument("--callweave", required=True, help="the command callweave")
    parser.add_argument("--plain", required=True, help="the plain Rust program")
    parser.add_argument("--folder", required=True, type=Path, help="folder for the files")
    parser.add_argument("--calls", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    bench = Bench(args.callweave, args.plain, args.folder)
    bench.simulate(args.calls)
    sides: dict[str, Callable[[], None]] = {}
    for threads in sorted({1, bench.cores}):
        sides[f"callweave link, {threads} thread(s)"] = partial(bench.callweave_link, threads)
        sides[f"DuckDB, {threads} thread(s)"] = partial(bench.duckdb_link, threads)
    sides[PLAIN] = bench.plain_link
    bench.check()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(args.rounds):
        for name, run in sides.items():
            begin = time.monotonic()
            run()
            seconds[name].append(time.monotonic() - begin)
    report(args.calls, seconds)


class Bench:
    """The files, and how each side makes its result."""

    def __init__(self, command: str, plain: str, folder: Path) -> None:
        self.cores = os.cpu_count() or 1
        self._command = command
        self._plain = plain
        self._input = folder / "calls.jsonl"
        self._linked = folder / "linked.jsonl"
        self._joined = folder / "joined.jsonl"
        self._looped = folder / "looped.jsonl"

    def simulate(self, calls: int) -> None:
        traffic = ["--calls", str(calls), "--rate", "587", "--ip-pool-size", "6", "--seed", "1"]
        # One spelling for each address: SQL compares texts.
        self._callweave("simulate", *traffic, "--address", "ipv4", "--out", str(self._input))

    def callweave_link(self, threads: int) -> None:
        # The SQL cuts no list.
        options = ["--threads", str(threads), "--max-links", "100000"]
        self._callweave("link", str(self._input), "--out", str(self._linked), *options)

    def duckdb_link(self, threads: int) -> None:
        sql = string.Template(SQL.read_text()).substitute(input=self._input, output=self._joined)
        with duckdb.connect() as connection:
            connection.execute(f"set threads = {threads}")
            connection.execute(sql)

    def plain_link(self) -> None:
        subprocess.run([self._plain, self._input, self._looped], check=True)

    def check(self) -> None:
        """All results are the same, or there is nothing to compare."""
        self.callweave_link(self.cores)
        self.duckdb_link(self.cores)
        self.plain_link()
        for other in (self._joined, self._looped):
            self._callweave("compare", str(self._linked), str(other), output=subprocess.DEVNULL)

    def _callweave(self, *arguments: str, output: int | None = None) -> None:
        subprocess.run([self._command, *arguments], check=True, stdout=output, stderr=subprocess.DEVNULL)


def report(calls: int, seconds: Mapping[str, Sequence[float]]) -> None:
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{calls:,} calls, median of {len(next(iter(seconds.values())))} rounds (fastest to slowest)")
    for name, times in seconds.items():
        rate = calls / medians[name]
        print(f"  {name:28} {medians[name]:7.2f} s ({min(times):.2f} to {max(times):.2f}) {rate:11,.0f} calls/s")
    for name in [name for name in medians if name.startswith("callweave")]:
        other = name.replace("callweave link", "DuckDB")
        print(f"  {name} is {medians[other] / medians[name]:.1f} times as fast as {other}")
        print(f"  {name} is {medians[PLAIN] / medians[name]:.2f} times as fast as {PLAIN}")


if __name__ == "__main__":
    main()
