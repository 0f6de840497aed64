"""The figures of the benchmarks as one object, for programs: numbers by set."""

from __future__ import annotations

from statistics import median
from typing import Sequence

from rigs.bench.rows import (
    GrowthRow,
    JobRow,
    KafkaRow,
    KernelRow,
    RealtimeRow,
    Row,
    StateRow,
    Timed,
    as_json,
    by,
    measured,
)
from rigs.bench.speeds import BEST, cpu_ns, kernel_ns, per_cpu_s, ratios


def figures(rows: Sequence[Row]) -> dict[str, object]:
    """What was not measured is an empty object."""
    kernels = by([row for row in rows if isinstance(row, KernelRow)], lambda row: row.set)
    jobs = [row for row in rows if type(row) is JobRow]
    kafka = [row for row in rows if isinstance(row, KafkaRow)]
    grown = [row for row in rows if isinstance(row, GrowthRow)]
    return {
        "kernels_mcalls_per_core": {name: _mcalls(kernel_ns(of_set)) for name, of_set in kernels.items()},
        "kernels_mcalls_per_core_best": {
            row.set: _mcalls(row.ns) for of_set in kernels.values() for row in of_set if row.kernel == BEST
        },
        "job_over_literal_rocksdb": _over(jobs, "callweave", "literal-rocksdb"),
        "job_over_literal_rocksdb_best": _over(jobs, "callweave-best", "literal-rocksdb"),
        "job_over_literal_heap": _over(jobs, "callweave", "literal-heap"),
        "kafka_over_stock_pass_through": _over(kafka, "callweave", "stock-pass-through"),
        "kafka_over_pass_through": _over(kafka, "callweave", "pass-through"),
        "state_bytes_per_open_call": {
            row.set: round(row.bytes / row.open, 1) for row in rows if isinstance(row, StateRow)
        },
        "realtime": [as_json(row) for row in rows if isinstance(row, RealtimeRow)],
        "growth_cpu_ns_per_call": {
            f"{group} {side}": round(median(map(cpu_ns, runs)))
            for (group, side), runs in by(measured(grown), lambda row: (row.set, row.side)).items()
        },
    }


def _mcalls(ns: float) -> float:
    """Million calls a second.

    >>> _mcalls(500)
    2.0
    """
    return round(1000 / ns, 3)


def _over(rows: Sequence[Timed], side: str, other: str) -> dict[str, float]:
    """How many times as fast one side was, by CPU, the median of the rounds."""
    return {
        name: round(median(found), 3)
        for name, of_set in by(rows, lambda row: row.set).items()
        if (found := ratios(of_set, side, other, per_cpu_s))
    }
