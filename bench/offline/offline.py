"""callweave link against DuckDB and a plain Rust program: the same file, the same result, side by side.

Run by `bench/offline/run`. Each round times every side once, in turn; a side's figure is the median
of the rounds, and the comparison is their ratio. Before that, the results are compared.
"""

import argparse
import os
import pathlib
import statistics
import string
import subprocess
import time

import duckdb

PLAIN = "plain Rust, 1 thread(s)"
SQL = pathlib.Path(__file__).with_name("link.sql")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--callweave", required=True, help="the command callweave")
    parser.add_argument("--plain", required=True, help="the plain Rust program")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="folder for the files")
    parser.add_argument("--calls", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    bench = Bench(args.callweave, args.plain, args.folder)
    bench.simulate(args.calls)
    cores = os.cpu_count()
    sides = {}
    for threads in sorted({1, cores}):
        sides[f"callweave link, {threads} thread(s)"] = lambda threads=threads: bench.callweave_link(threads)
        sides[f"DuckDB, {threads} thread(s)"] = lambda threads=threads: bench.duckdb_link(threads)
    sides[PLAIN] = bench.plain_link
    bench.check()
    seconds = {name: [] for name in sides}
    for _ in range(args.rounds):
        for name, run in sides.items():
            begin = time.monotonic()
            run()
            seconds[name].append(time.monotonic() - begin)
    report(args.calls, seconds)


class Bench:
    """The files, and how each side makes its result."""

    def __init__(self, command, plain, folder):
        self.command = command
        self.plain = plain
        self.input = folder / "calls.jsonl"
        self.linked = folder / "linked.jsonl"
        self.joined = folder / "joined.jsonl"
        self.looped = folder / "looped.jsonl"

    def simulate(self, calls):
        # One spelling for each address: SQL compares texts.
        self.callweave("simulate", "--calls", str(calls), "--rate", "587", "--ip-pool-size", "6",
                       "--address", "ipv4", "--seed", "1", "--out", self.input)

    def callweave_link(self, threads):
        # The SQL cuts no list.
        self.callweave("link", self.input, "--out", self.linked, "--threads", str(threads),
                       "--max-links", "100000")

    def duckdb_link(self, threads):
        sql = string.Template(SQL.read_text()).substitute(input=self.input, output=self.joined)
        with duckdb.connect() as connection:
            connection.execute(f"set threads = {threads}")
            connection.execute(sql)

    def plain_link(self):
        subprocess.run([self.plain, self.input, self.looped], check=True)

    def check(self):
        """All results are the same, or there is nothing to compare."""
        self.callweave_link(os.cpu_count())
        self.duckdb_link(os.cpu_count())
        self.plain_link()
        for other in (self.joined, self.looped):
            self.callweave("compare", self.linked, other, stdout=subprocess.DEVNULL)

    def callweave(self, *arguments, stdout=None):
        subprocess.run([self.command, *map(str, arguments)], check=True, stdout=stdout,
                       stderr=subprocess.DEVNULL)


def report(calls, seconds):
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
