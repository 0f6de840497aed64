"""What the files of deploy/sql must give, computed from the records of the topics one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from typing import Callable, Iterable, Sequence

from rigs.flink.fields import Object, as_objects

HOUR_MS = 3_600_000
# Those of the last hour come only when time has passed its end by the watermark's delay. The job has worked a backlog,
# in which its subtasks are not equally far.
DELAY_MS = 600_000
# Where a partition has other kinds of windows alone.
CLOSED_MS = 2 * DELAY_MS

Rows = set[tuple[str, ...]]


def timestamp(ms: int) -> str:
    """As the client shows a timestamp.

    >>> timestamp(3_600_000)
    '1970-01-01T01:00'
    """
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M")


def whole(value: object) -> int:
    """A field that is a whole number."""
    if not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value


def number(value: object) -> float:
    """A field that is a number."""
    if not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def by_hour(
    records: Iterable[Object], end: str, last_ms: int, series: Callable[[Object], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Object]]:
    """The records by the hour of that field, whole hours alone, and by their series."""
    found: dict[tuple[str, ...], list[Object]] = defaultdict(list)
    for record in records:
        hour = whole(record.get(end)) // HOUR_MS
        if (hour + 1) * HOUR_MS + CLOSED_MS <= last_ms:
            found[(timestamp(hour * HOUR_MS), *series(record))].append(record)
    return dict(found)


def _edge(record: Object) -> tuple[str, ...]:
    return str(record.get("src")), str(record.get("dst"))


def _of(records: Iterable[Object], kind: str) -> list[Object]:
    return [record for record in records if record.get("kind") == kind]


def _sum(records: Iterable[Object], field: str) -> int:
    return sum(whole(record.get(field)) for record in records)


def slowest_edges(edges: Sequence[Object], last_ms: int) -> Rows:
    """Hour, source, destination and calls of the ten slowest of each hour, where no other is as slow as the tenth."""
    rows: Rows = set()
    hours: dict[str, list[tuple[float, tuple[str, ...]]]] = defaultdict(list)
    for (hour, src, dst), of_edge in by_hour(_of(edges, "edge"), "window_end_ms", last_ms, _edge).items():
        worst = max(number(record.get("p99_msec")) for record in of_edge)
        hours[hour].append((worst, (hour, src, dst, str(_sum(of_edge, "count")))))
    for found in hours.values():
        ranked = sorted(found, reverse=True)
        floor = ranked[10][0] if len(ranked) > 10 else -1.0
        rows |= {row for worst, row in ranked[:10] if worst > floor}
    return rows


def services_by_critical_time(edges: Sequence[Object], last_ms: int) -> Rows:
    """Hour, service, calls, critical and self time."""
    services = by_hour(_of(edges, "service"), "window_end_ms", last_ms, lambda record: (str(record.get("service")),))
    sums = ("count", "critical_msec", "self_msec")
    return {(*key, *(str(_sum(found, name)) for name in sums)) for key, found in services.items()}


def calls_without_parent(edges: Sequence[Object], last_ms: int) -> Rows:
    """Hour, source, destination and calls."""
    found = by_hour(_of(edges, "edge"), "window_end_ms", last_ms, _edge)
    return {(*key, str(_sum(of_edge, "count"))) for key, of_edge in found.items()}


def doubtful_links(chains: Sequence[Object], last_ms: int) -> Rows:
    """Hour, source, destination, linked calls and how many are doubtful."""
    counted: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for (hour, _), found in by_hour(chains, "end_at_ms", last_ms, lambda record: (str(record.get("chain")),)).items():
        for hop in (hop for chain in found for hop in as_objects(chain.get("hops"))):
            if hop.get("parent") is not None:
                counts = counted[(hour, *_edge(hop))]
                counts[0] += 1
                counts[1] += number(hop.get("confidence")) < 0.9
    return {(*key, *map(str, counts)) for key, counts in counted.items()}


def features(edges: Sequence[Object]) -> dict[str, list[tuple[int, float, float]]]:
    """Of each service, by window in order: its end, and calls a second in five minutes and in an hour."""
    found: dict[str, list[tuple[int, float, float]]] = defaultdict(list)
    services = sorted(_of(edges, "service"), key=lambda record: whole(record.get("window_end_ms")))
    ends: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in services:
        service, end = str(record.get("service")), whole(record.get("window_end_ms"))
        ends[service].append((end, whole(record.get("count"))))
        five, sixty = (sum(n for at, n in ends[service] if at > end - 60_000 * m) / (60 * m) for m in (5, 60))
        found[service].append((end, five, sixty))
    return dict(found)
