"""The tables of the benchmarks. Each function returns the lines; what is wrong is for `problems`."""

from __future__ import annotations

from statistics import median
from typing import Sequence

from rigs.bench.rows import GrowthRow, JobRow, KafkaRow, KernelRow, RealtimeRow, Row, StateRow, by, measured
from rigs.bench.speeds import check, cpu_ns, kernel_ns, per_cpu_s, per_wall_s, ratios, spread

# Columns of words.
WORDS = ("set", "kernel", "side", "group", "of it")
MIB = 1 << 20

Cells = Sequence[str]


def table(header: Cells, rows: Sequence[Cells]) -> list[str]:
    """Columns, names to the left and figures to the right.

    >>> table(("set", "n"), [("mid", "1"), ("hot", "12")])
    ['set   n', 'mid   1', 'hot  12']
    """
    columns = [(name in WORDS, max(len(row[i]) for row in [header, *rows])) for i, name in enumerate(header)]
    lines = []
    for row in [header, *rows]:
        cells = [cell.ljust(width) if left else cell.rjust(width) for cell, (left, width) in zip(row, columns)]
        lines.append("  ".join(cells).rstrip())
    return lines


def kernels(rows: Sequence[KernelRow]) -> list[str]:
    lines = []
    for name, of_set in by(rows, lambda row: row.set).items():
        for row in of_set:
            lines.append((name, row.kernel, f"{row.ns:.0f} ({row.low_ns:.0f} to {row.high_ns:.0f})", ""))
        ns = kernel_ns(of_set)
        lines.append((name, "together", f"{ns:.0f}", f"{1000 / ns:.2f}"))
    title = "Kernels: ns of one core a call (95 % confidence); all: million calls a second and core"
    return [title, *table(("set", "kernel", "ns a call", "M calls/s/core"), lines)]


def job(rows: Sequence[JobRow]) -> list[str]:
    lines = []
    for name, of_set in by(rows, lambda row: row.set).items():
        for side, runs in by(measured(of_set), lambda row: row.side).items():
            line = [name, side, spread(map(per_cpu_s, runs), 0)]
            for speed in (per_cpu_s, per_wall_s):
                line.append("" if side == "callweave" else spread(ratios(of_set, "callweave", side, speed), 1))
            lines.append(line)
    title = "Job and literal job from memory: calls per CPU-second; the job is so many times as fast, by round"
    return [title, *table(("set", "side", "calls per CPU-second", "ratio by CPU", "ratio by clock"), lines)]


def state(rows: Sequence[StateRow]) -> list[str]:
    lines = [(row.set, f"{row.open:,}", f"{row.bytes:,}", f"{row.bytes / row.open:.1f}") for row in rows]
    title = "State: bytes in a savepoint for each call that is open"
    return [title, *table(("set", "open calls", "bytes", "bytes a call"), lines)]


def kafka(rows: Sequence[KafkaRow]) -> list[str]:
    lines = []
    for name, of_set in by(rows, lambda row: row.set).items():
        for side, runs in by(measured(of_set), lambda row: row.side).items():
            parts = [[1e9 * cpu_s(row) / row.calls for row in runs] for cpu_s in (_flink_cpu_s, _broker_cpu_s)]
            cpu = [f"{median(part):,.0f}" for part in parts]
            line = [name, side, *cpu, spread(map(per_cpu_s, runs), 0), spread(map(per_wall_s, runs), 0)]
            for speed in (per_cpu_s, per_wall_s):
                line.append("" if side == "callweave" else spread(ratios(of_set, "callweave", side, speed)))
            lines.append(line)
    title = "Kafka to Kafka: CPU ns a call, median; the job's speed over that of each that only copies, by round"
    header = ("set", "side", "Flink", "broker", "calls per CPU-second", "calls a second", "ratio by CPU", "by clock")
    return [title, *table(header, lines)]


def _flink_cpu_s(row: KafkaRow) -> float:
    return row.flink_cpu_s


def _broker_cpu_s(row: KafkaRow) -> float:
    return row.broker_cpu_s


def delay(ms: int | None) -> str:
    """Where nothing was written there is none.

    >>> delay(1234), delay(None)
    ('1,234', '-')
    """
    return "-" if ms is None else f"{ms:,}"


def realtime(rows: Sequence[RealtimeRow]) -> list[str]:
    header = (
        *("calls/s", "set", "taken/s", "sustained", "W behind, s", "p50 ms", "p99 ms", "max ms", "checkpoint ms"),
        *("MiB", "bytes an open call", "RSS MiB", "% of a core: TaskManager", "JobManager", "broker"),
    )
    held = [row.rate for row in rows if row.sustained]
    return [
        "Real time: p50 and p99 from W passing a call's end bucket to its record in the topic, uncommitted",
        *table(header, [_realtime_line(row) for row in rows]),
        f"highest rate sustained: {max(held):,} calls a second" if held else "no rate was sustained",
    ]


def _realtime_line(row: RealtimeRow) -> list[str]:
    shares = (row.taskmanager_cpu_s, row.jobmanager_cpu_s, row.broker_cpu_s)
    return [
        f"{row.rate:,}",
        row.set,
        f"{row.taken:,.0f}",
        "yes" if row.sustained else "NO",
        f"{row.lag_begin_ms / 1000:.1f} to {row.lag_end_ms / 1000:.1f}",
        *map(delay, (row.delays.p50_ms, row.delays.p99_ms, row.delays.max_ms)),
        spread(row.checkpoint_ms, 0),
        spread((size / MIB for size in row.checkpoint_bytes), 1),
        f"{row.state_bytes / row.open:.1f}" if row.open else "-",
        f"{row.rss_bytes / MIB:,.0f}",
        *(f"{100 * share / row.wall_s:.1f}" for share in shares),
    ]


def growth(rows: Sequence[GrowthRow]) -> list[str]:
    lines = []
    for group, of_group in by(rows, lambda row: row.set).items():
        first = of_group[0].side
        for side, runs in by(measured(of_group), lambda row: row.side).items():
            cost = [1 / ratio for ratio in ratios(of_group, side, first, per_cpu_s)]
            clock = ratios(of_group, side, first, per_wall_s)
            lines.append((group, side, spread(map(cpu_ns, runs), 0), spread(cost), spread(clock)))
    title = "Growth: CPU ns a call of the job from memory, and over the first of its group, by round"
    header = ("group", "of it", "CPU ns a call", "cost over the first's", "speed by clock over the first's")
    return [title, *table(header, lines)]


def show(rows: Sequence[Row]) -> list[str]:
    """A table for each benchmark that has rows, in the order of their first ones."""
    shown: dict[type, list[str]] = {}
    for kind in by(rows, type):
        shown[kind] = _table_of(kind, rows)
    return [line for lines in shown.values() for line in ("", *lines)]


def _table_of(kind: type, rows: Sequence[Row]) -> list[str]:
    if kind is KernelRow:
        return kernels([row for row in rows if isinstance(row, KernelRow)])
    if kind is GrowthRow:
        return growth([row for row in rows if isinstance(row, GrowthRow)])
    if kind is JobRow:
        return job([row for row in rows if type(row) is JobRow])
    if kind is StateRow:
        return state([row for row in rows if isinstance(row, StateRow)])
    if kind is KafkaRow:
        return kafka([row for row in rows if isinstance(row, KafkaRow)])
    return realtime([row for row in rows if isinstance(row, RealtimeRow)])


def problems(rows: Sequence[Row]) -> list[str]:
    """Why the sides of a benchmark cannot be compared."""
    jobs = [row for row in rows if type(row) is JobRow]
    grown = [row for row in rows if isinstance(row, GrowthRow)]
    # What is changed changes the calls: only the rounds of one side must be alike.
    groups = by(grown, lambda row: (row.set, row.side)).values()
    return check(jobs) + [problem for group in groups for problem in check(group)]
