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
from rigs.bench.speeds import cpu_ns, kernel_ns, per_cpu_s, ratios


def figures(rows: Sequence[Row]) -> dict[str, object]:
    """What was not measured is an empty object."""
    kernels = by([row for row in rows if isinstance(row, KernelRow)], lambda row: row.set)
    jobs = [row for row in rows if type(row) is JobRow]
    kafka = [row for row in rows if isinstance(row, KafkaRow)]
    grown = [row for row in rows if isinstance(row, GrowthRow)]
    return {
        "kernels_mcalls_per_core": {name: round(1000 / kernel_ns(of_set), 3) for name, of_set in kernels.items()},
        "job_over_literal_rocksdb": _over(jobs, "literal-rocksdb"),
        "job_over_literal_heap": _over(jobs, "literal-heap"),
        "kafka_over_pass_through": _over(kafka, "pass-through"),
        "state_bytes_per_open_call": {
            row.set: round(row.bytes / row.open, 1) for row in rows if isinstance(row, StateRow)
        },
        "realtime": [as_json(row) for row in rows if isinstance(row, RealtimeRow)],
        "growth_cpu_ns_per_call": {
            f"{group} {side}": round(median(map(cpu_ns, runs)))
            for (group, side), runs in by(measured(grown), lambda row: (row.set, row.side)).items()
        },
    }


def _over(rows: Sequence[Timed], other: str) -> dict[str, float]:
    """How many times as fast the job was, by CPU, the median of the rounds."""
    return {
        name: round(median(found), 3)
        for name, of_set in by(rows, lambda row: row.set).items()
        if (found := ratios(of_set, "callweave", other, per_cpu_s))
    }
