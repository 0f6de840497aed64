"""The run of scripts/bench."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Callable, Sequence

from rigs import tools
from rigs.bench.bench import Bench, Plan
from rigs.bench.figures import figures
from rigs.bench.growth import bench_growth
from rigs.bench.kafka import bench_kafka
from rigs.bench.memory import bench_job, bench_kernels
from rigs.bench.offline import bench_offline
from rigs.bench.outputs import bench_outputs
from rigs.bench.realtime import bench_realtime
from rigs.bench.tables import problems, show
from rigs.build import build_cli
from rigs.messages import Failure, say, step, warn
from rigs.options import Options
from rigs.runs import ROOT, Run, guarded
from rigs.tools import Java

USAGE = """\
Measures callweave beside what else there is, side by side in one go, and prints ratios, and calls
per CPU-second of all processes. docs/benchmarks.md says what is compared and why that is fair.

Usage: scripts/bench [--quick] [--json FILE] [--rates R,R…] [--minutes N] [--keep] [NAME]...

  --quick              small sets and few rounds, ten minutes in all once everything is built: to see
                       that it works, not to quote
  --json FILE          the figures, by set
  --rates R,R…         calls a second that realtime tries, upwards
                       (1000,50000,100000,150000,200000; with --quick 20000)
  --minutes N          of realtime for each rate (5; with --quick 1)
  --keep               keep logs and data of the run, below .local/run
  --help

names, all of them without:
       kernels      each kernel on one core, without Flink and Kafka
       job          the job against a literal per-record job, from memory, and its state per open call
       kafka        from Kafka to Kafka, exactly once, against jobs that only copy
       realtime     a live stream: which rate is held, how late results are, checkpoints, memory
       growth       what a call costs as addresses, links, ids, buckets, groups and slots change
       outputs      what a call costs with links alone, and with chains, edges, alerts and spans
       offline      callweave link against DuckDB and a plain Rust program

It takes an hour or two. Nothing else should run on the machine meanwhile.
"""
BENCHMARKS: dict[str, Callable[[Bench], None]] = {
    "kernels": bench_kernels,
    "job": bench_job,
    "kafka": bench_kafka,
    "realtime": bench_realtime,
    "growth": bench_growth,
    "outputs": bench_outputs,
    "offline": bench_offline,
}
OPTIONS = Options(
    command="bench",
    usage=USAGE,
    numbers=("--minutes",),
    texts=("--json", "--rates"),
    flags=("--quick", "--keep"),
    words=tuple(BENCHMARKS),
    unknown=lambda name: f"there is no option or benchmark '{name}'; benchmarks are: {' '.join(BENCHMARKS)}",
)
RATES = "1000,50000,100000,150000,200000"


def read_plan(arguments: Sequence[str]) -> Plan:
    """Raises `Failure` where the arguments make no plan."""
    given = OPTIONS.read(arguments)
    quick = "--quick" in given.flags
    rates = given.text("--rates")
    if rates is None:
        rates = "20000" if quick else RATES
    if not re.fullmatch("[1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*", rates):
        raise Failure(f"--rates needs numbers with commas between, not '{rates}'")
    minutes = given.number("--minutes")
    if minutes == 0:
        raise Failure("--minutes must be at least 1")
    return Plan(
        names=given.words or list(BENCHMARKS),
        quick=quick,
        json=given.file("--json"),
        rates=[int(rate) for rate in rates.split(",")],
        minutes=minutes or (1 if quick else 5),
        keep="--keep" in given.flags,
    )


def main(arguments: Sequence[str]) -> int:
    plan = read_plan(arguments)

    def body(run: Run) -> int:
        java = tools.get_all(run)
        bench = Bench(run, java, plan, build_cli(run), cores=os.cpu_count() or 1)
        for line in describe_machine(bench):
            say(line)
        for name in plan.names:
            _run_benchmark(bench, name)
            # After each, so that what follows may fail.
            if plan.json is not None:
                plan.json.write_text(json.dumps(figures(bench.rows), indent=2) + "\n")
        if plan.json is not None:
            say(f"figures {plan.json}")
        return 0

    return guarded(body, plan.keep)


def _run_benchmark(bench: Bench, name: str) -> None:
    """And its table."""
    seen = len(bench.rows)
    step(f"== {name}")
    BENCHMARKS[name](bench)
    rows = bench.rows[seen:]
    for line in show(rows):
        say(line)
    wrong = problems(rows)
    for problem in wrong:
        warn(f"error: {problem}")
    if wrong:
        raise Failure(f"{name}: the sides cannot be compared: see above")
    say()


def describe_machine(bench: Bench) -> list[str]:
    """What the figures hold for."""
    model = cpu_model(_read(Path("/proc/cpuinfo")))
    load = " ".join(_read(Path("/proc/loadavg")).split()[:3]) or "unknown"
    commit = _answer("git", "-C", str(ROOT), "describe", "--always", "--dirty") or "without git"
    java: Java = bench.java
    return [
        f"{bench.cores} cores{f' of {model}' if model else ''}, load {load}",
        f"{java} at {java.home}, {_answer('rustc', '--version')}",
        f"callweave {commit}",
    ]


def cpu_model(cpuinfo: str) -> str | None:
    """Of the first core in /proc/cpuinfo.

    >>> cpu_model("processor : 0\\nmodel name\\t: Some CPU\\n"), cpu_model("")
    ('Some CPU', None)
    """
    match = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    return match.group(1) if match else None


def _read(file: Path) -> str:
    return file.read_text() if file.is_file() else ""


def _answer(*command: str) -> str:
    """Nothing where there is no such command, or it fails."""
    try:
        found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return ""
    return found.stdout.decode().strip() if found.returncode == 0 else ""
