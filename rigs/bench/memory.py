"""The benchmarks without Kafka: of the kernels, and of jobs that take calls from memory."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Callable, Sequence

from rigs.bench.bench import LINKS_ALONE, MAIN_SETS, RATES, Bench
from rigs.bench.rows import GrowthRow, JobRow, KernelRow, Row, read_job_row, read_lines, read_state_row
from rigs.build import BenchJar, build_bench_jar
from rigs.flink.fields import Object, as_object
from rigs.messages import Failure, show_tail, step
from rigs.processes import words
from rigs.runs import ROOT

# Calls of the literal job, by set: a minute of event time or more, so that calls are written while
# others come. It is some fifty times slower.
LITERAL_CALLS = {"mid": 300_000, "hot": 600_000, "wide": 1_500_000}
# Calls after which as many are open as ever, by set.
STATE_CALLS = {"mid": 60_000, "hot": 300_000, "wide": 1_200_000}
# What suits a job that has no more slots than this machine has cores.
BEST_OF_FEW_SLOTS = ("--ip-groups=1", "--id-groups=1")
# The last calls of a set are those of its last traces alone, which go on for so long.
TAIL_OF_SETS_S = 45


def bench_kernels(bench: Bench) -> None:
    pinned = ["taskset", "-c", str(bench.cores - 1)] if shutil.which("taskset") else []
    cargo = words("cargo", "bench", "--quiet", "--locked", "--manifest-path", ROOT / "Cargo.toml")
    cargo += ["-p", "callweave-bench-kernels"]
    step("Building the kernels")
    if bench.run.children.run([*cargo, "--no-run"]) != 0:
        raise Failure("the build of bench/kernels failed: see above")
    plan, log = bench.plan, bench.run.log / "kernels.out"
    times = ["--warm-up-time", str(plan.pick(1, 3)), "--measurement-time", str(plan.pick(2, 10))]
    for name in MAIN_SETS:
        calls = bench.sets.make(name, "counter", plan.pick(100_000, 600_000))
        step(name)
        found = bench.run.folder / "criterion" / name
        where = {"CALLWEAVE_BENCH_CALLS": str(calls), "CRITERION_HOME": str(found)}
        measure = [*pinned, *cargo, "--bench", "kernels", "--", "--noplot", *times]
        if bench.run.children.run_logged(measure, log, where) != 0:
            show_tail([log])
            raise Failure("the benchmark of the kernels failed: see above")
        for row in read_criterion(name, found):
            bench.add(row)
    bench.sets.forget()


def read_criterion(name: str, folder: Path) -> list[KernelRow]:
    """A row for each benchmark that criterion has run; its element is a call."""
    rows = []
    for file in sorted(folder.glob("**/new/estimates.json")):
        benchmark = json.loads(file.with_name("benchmark.json").read_text())
        rows.append(read_kernel(name, benchmark, json.loads(file.read_text())))
    return rows


def read_kernel(name: str, benchmark: Object, estimates: Object) -> KernelRow:
    """Of criterion's benchmark.json and estimates.json. Raises `ValueError` where a figure is missing."""
    calls = as_object(benchmark.get("throughput")).get("Elements")
    median = as_object(estimates.get("median"))
    bounds = as_object(median.get("confidence_interval"))
    ns = [median.get("point_estimate"), bounds.get("lower_bound"), bounds.get("upper_bound")]
    figures = [float(figure) for figure in ns if isinstance(figure, (int, float))]
    if not isinstance(calls, int) or len(figures) != 3:
        raise ValueError(f"criterion gives no median or number of calls for {benchmark.get('group_id')}")
    kernel = str(benchmark.get("function_id") or benchmark.get("group_id"))
    return KernelRow(name, kernel.split("/")[-1], calls, *(figure / calls for figure in figures))


def bench_job(bench: Bench) -> None:
    jar, plan = build_bench_jar(bench.run), bench.plan
    calls, warm_up = plan.pick(600_000, 8_000_000), plan.pick(30_000, 1_000_000)
    # The literal job cuts no list, so the job may not either.
    options = [f"--parallelism={bench.cores}", "--max-links=100000"]
    for name in MAIN_SETS:
        file = bench.sets.make(name, "counter", calls)
        literal = plan.pick(30_000, LITERAL_CALLS[name])
        runs = [run_line(name, "callweave", "callweave", file, warm_up, calls, options)]
        runs.append(run_line(name, "callweave-best", "callweave", file, warm_up, calls, [*options, *BEST_OF_FEW_SLOTS]))
        for side in ("literal-rocksdb", "literal-heap"):
            runs.append(run_line(name, side, side, file, warm_up, literal, options))
        step(name)
        run_jobs(bench, jar, JobRow, runs, warm_up_s=plan.pick(0, 30))
        bench.sets.forget()
    _measure_state(bench, jar)


def _measure_state(bench: Bench, jar: BenchJar) -> None:
    step("state per open call")
    runs = []
    for ids in ("counter", "uuid"):
        for name in MAIN_SETS:
            calls = STATE_CALLS[name]
            file = bench.sets.make(name, ids, calls + TAIL_OF_SETS_S * RATES[name])
            set_name = name if ids == "counter" else f"{name}-{ids}"
            runs.append(run_line(set_name, "callweave", "callweave", file, 0, calls, [f"--parallelism={bench.cores}"]))
    run_java(bench, jar, "StateBench", [write_runs(bench, runs)], read_state_row)
    bench.sets.forget()


def run_line(
    set_name: str,
    side: str,
    kind: str,
    file: Path,
    warm_up: int,
    calls: int,
    options: Sequence[str],
    outputs: str = LINKS_ALONE,
) -> str:
    """A run, as bench/job reads it."""
    return " ".join([set_name, side, kind, str(file), str(warm_up), str(calls), outputs, *options])


def run_jobs(bench: Bench, jar: BenchJar, kind: type[JobRow], runs: Sequence[str], warm_up_s: int) -> None:
    """All runs in each round, a JVM for each side."""
    name = "growth" if kind is GrowthRow else "job"
    rounds = str(bench.plan.pick(1, 3))
    arguments = [name, rounds, str(warm_up_s), write_runs(bench, runs)]
    run_java(bench, jar, "JobBench", arguments, lambda line: read_job_row(line, kind))


def write_runs(bench: Bench, runs: Sequence[str]) -> str:
    file = bench.run.folder / "runs"
    file.write_text("".join(f"{run}\n" for run in runs))
    return str(file)


def run_java(bench: Bench, jar: BenchJar, name: str, arguments: Sequence[str], read: Callable[[Object], Row]) -> None:
    """A class of bench/job, and a row for each line of its JSON. The heap has its full size from the start,
    as Flink gives it to a TaskManager."""
    heap = ["-Xms4g", "-Xmx4g", "-XX:+UseG1GC", f"-Djava.io.tmpdir={bench.run.tmp}"]
    class_path = ["-cp", f"{jar.bench}{os.pathsep}{jar.class_path}", f"io.callweave.bench.{name}"]
    command = words(bench.java.command, *bench.java.module_flags(), *heap, *class_path, *arguments)
    log = bench.run.log / "bench.out"
    with open(log, "ab") as errors:
        code, printed = bench.run.children.capture(command, errors)
    for line in read_lines(printed):
        bench.add(read(line))
    if code != 0:
        show_tail([log])
        raise Failure(f"{name} failed: see above")
