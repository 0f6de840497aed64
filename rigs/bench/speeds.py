"""How rows of the same benchmark are compared."""

from __future__ import annotations

from statistics import median
from typing import Callable, Iterable, Sequence

from rigs.bench.rows import JobRow, KernelRow, Timed, by, measured

Speed = Callable[[Timed], float]
# What a call goes through, where no benchmark has all of it.
TOGETHER = ("route", "link", "assemble")
# The same with one group of addresses and of ids, which suits a job of few slots.
BEST = "all-best"


def per_cpu_s(row: Timed) -> float:
    """Calls per CPU-second of all processes."""
    return row.calls / row.cpu_s


def per_wall_s(row: Timed) -> float:
    """Calls per second of the clock."""
    return row.calls / row.wall_s


def cpu_ns(row: Timed) -> float:
    """ns of CPU a call."""
    return 1e9 * row.cpu_s / row.calls


def ratios(rows: Sequence[Timed], side: str, other: str, speed: Speed) -> list[float]:
    """How many times as fast one side was as the other, for each round that has both."""
    rounds = by(measured(rows), lambda row: row.round).values()
    sides = [{row.side: row for row in rows} for rows in rounds]
    return [speed(found[side]) / speed(found[other]) for found in sides if side in found and other in found]


def spread(values: Iterable[float], digits: int = 2) -> str:
    """The median, and the range where there is one.

    >>> spread([3, 1, 2]), spread([1.5])
    ('2.00 (1.00 to 3.00)', '1.50')
    """
    found = list(values)
    text = f"{median(found):,.{digits}f}"
    return text if len(found) == 1 else f"{text} ({min(found):,.{digits}f} to {max(found):,.{digits}f})"


def kernel_ns(rows: Iterable[KernelRow]) -> float:
    """Of a set: ns a call of all kernels that a call goes through."""
    found = {row.kernel: row.ns for row in rows}
    return found["all"] if "all" in found else sum(found[name] for name in TOGETHER)


def check(rows: Sequence[JobRow]) -> list[str]:
    """What is wrong with runs of jobs: each must write every call, and the same as any other of that set."""
    wrong = [
        f"{row.set}, {row.side}: {row.written} of {row.calls} calls were written, {row.rejected} rejected"
        for row in rows
        if row.written != row.calls or row.rejected
    ]
    for (name, calls), runs in by(rows, lambda row: (row.set, row.calls)).items():
        if len({run.hash for run in runs}) > 1:
            sides = ", ".join(sorted({run.side for run in runs}))
            wrong.append(f"{name}: of {calls} calls {sides} wrote different ones")
    return wrong
