"""Whether memory stayed as it was.

Of a run with less than twenty minutes after the warm-up, growth is told but not judged: a slope per hour
would be guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean, median
from typing import Callable, Sequence

from rigs.soak.samples import Point, Sample, points

MIB = 1024 * 1024
LEAST_JUDGED_S = 20 * 60
MOST_GROWTH_PERCENT = 5.0
# Caches fill and the compiler works; a short run has a third of its time for that.
WARM_UP_MINUTES = 10

FIGURES: tuple[tuple[str, str, int, Callable[[Sample], int | None]], ...] = (
    ("heap used", "MiB", MIB, lambda sample: sample.heap_bytes),
    ("metaspace and code", "MiB", MIB, lambda sample: sample.non_heap_bytes),
    ("direct buffers", "MiB", MIB, lambda sample: sample.direct_bytes),
    ("RocksDB's cache", "MiB", MIB, lambda sample: sample.block_cache_bytes),
    ("native library", "MiB", MIB, lambda sample: sample.native_bytes),
    ("open calls in Link", "", 1, lambda sample: sample.link_open),
    ("open calls in Assemble", "", 1, lambda sample: sample.assemble_open),
    ("checkpoint written", "MiB", MIB, lambda sample: sample.checkpoint_bytes),
    ("checkpoint retained", "MiB", MIB, lambda sample: sample.retained_bytes),
    ("checkpoint took", "ms", 1, lambda sample: sample.checkpoint_ms),
)


@dataclass(frozen=True)
class Judgement:
    """`lines` is the summary."""

    held: bool
    lines: list[str]


def warm_up_s(minutes: int) -> int:
    """Of a run of so many minutes.

    >>> warm_up_s(60), warm_up_s(30), warm_up_s(3)
    (600, 600, 60)
    """
    return WARM_UP_MINUTES * 60 if minutes >= 3 * WARM_UP_MINUTES else minutes * 20


def slope(rising: Sequence[Point]) -> float:
    """Rise per unit of x, by least squares; 0 where there are not two x.

    >>> slope([(0, 1), (1, 3), (2, 5)]), slope([(0, 1), (1, 9), (2, 1)]), slope([])
    (2.0, 0.0, 0.0)
    """
    if not rising:
        return 0.0
    mean_x = mean(x for x, _ in rising)
    mean_y = mean(y for _, y in rising)
    spread = sum((x - mean_x) ** 2 for x, _ in rising)
    return sum((x - mean_x) * (y - mean_y) for x, y in rising) / spread if spread else 0.0


def growth(rising: Sequence[Point], from_s: int) -> float:
    """Bytes an hour after the warm-up; points are (s, bytes).

    >>> growth([(0, 1), (600, 100), (2400, 105), (4200, 110)], 600)
    10.0
    """
    return 3600 * slope([point for point in rising if point[0] >= from_s])


def between(values: Sequence[Point], first_s: int, last_s: int) -> float | None:
    """The median of the values from first_s to last_s; None where there is none.

    >>> between([(0, 9), (10, 1), (20, 3), (30, 9)], 10, 20), between([], 0, 9)
    (2.0, None)
    """
    found = [y for x, y in values if first_s <= x <= last_s]
    return median(found) if found else None


def judge(samples: Sequence[Sample], warm_up: int, heap_size: int) -> Judgement:
    """Resident memory by itself, the heap after a collection by the heap's size. What has no value after
    the warm-up did not hold."""
    end_s = samples[-1].seconds
    judged = end_s - warm_up >= LEAST_JUDGED_S
    resident = points(samples, lambda sample: sample.rss_bytes)
    live = points(samples, lambda sample: sample.live_heap_bytes)
    whole = between(resident, warm_up, end_s)
    found = [
        _judge_one("resident memory", resident, whole, "of it", warm_up, end_s),
        _judge_one("heap after collection", live, heap_size, "of the heap's size", warm_up, end_s),
    ]
    held = not judged or all(percent is not None and percent < MOST_GROWTH_PERCENT for _, percent in found)
    if judged:
        last = f"growth below {MOST_GROWTH_PERCENT:g} % an hour: {'yes' if held else 'NO'}"
    else:
        last = "growth is not judged: that takes 20 minutes after the warm-up"
    return Judgement(held, [line for line, _ in found] + figures(samples) + [last])


def _judge_one(
    name: str, values: Sequence[Point], whole: float | None, of_what: str, warm_up: int, end_s: int
) -> tuple[str, float | None]:
    """The line, and the growth in percent an hour."""
    first, last = between(values, warm_up, 2 * warm_up), between(values, end_s - warm_up, end_s)
    if first is None or last is None or not whole:
        return f"{name:<24}nobody told it after the warm-up", None
    bytes_an_hour = growth(values, warm_up)
    percent = bytes_an_hour / whole * 100
    line = (
        f"{name:<24}minutes {warm_up / 60:.3g} to {warm_up / 30:.3g} {first / MIB:.1f} MiB,"
        f" last {warm_up / 60:.3g} minutes {last / MIB:.1f} MiB (medians);"
        f" {bytes_an_hour / MIB:+.1f} MiB an hour, {percent:+.2f} % {of_what}"
    )
    return line, percent


def figures(samples: Sequence[Sample]) -> list[str]:
    """What else the samples have, as median and highest."""
    lines = []
    for name, unit, size, figure in FIGURES:
        values = [y / size for _, y in points(samples, figure)]
        if not values:
            lines.append(f"{name:<24}Flink did not tell")
            continue
        digits = 1 if size > 1 else 0
        line = f"{name:<24}median {median(values):,.{digits}f}, highest {max(values):,.{digits}f} {unit}"
        lines.append(line.rstrip())
    return lines
