"""What the files of deploy/sql must give, computed from the records of the topics one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from typing import Callable, Iterable, Sequence

from rigs.flink.fields import Object, as_objects, as_text

HOUR_MS = 3_600_000
MINUTE_MS = 60_000

Rows = set[tuple[str, ...]]
# By service and end of a window.
Features = dict[tuple[str, str], list[float]]


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
    records: Iterable[Object], end: str, series: Callable[[Object], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Object]]:
    """The records by the hour of that field, and by their series."""
    found: dict[tuple[str, ...], list[Object]] = defaultdict(list)
    for record in records:
        hour = whole(record.get(end)) // HOUR_MS * HOUR_MS
        found[(timestamp(hour), *series(record))].append(record)
    return dict(found)


def _edge(record: Object) -> tuple[str, ...]:
    return str(record.get("src")), str(record.get("dst"))


def _of(records: Iterable[Object], kind: str) -> list[Object]:
    return [record for record in records if record.get("kind") == kind]


def _sum(records: Iterable[Object], field: str) -> int:
    return sum(whole(record.get(field)) for record in records)


def slowest_edges(edges: Sequence[Object]) -> Rows:
    """Hour, place, source, destination and calls of the ten slowest of each hour."""
    hours: dict[str, list[tuple[float, str, str, str]]] = defaultdict(list)
    for (hour, src, dst), of_edge in by_hour(_of(edges, "edge"), "window_end_ms", _edge).items():
        worst = max(number(record.get("p99_msec")) for record in of_edge)
        hours[hour].append((-worst, src, dst, str(_sum(of_edge, "count"))))
    return {
        (hour, str(place), *row)
        for hour, found in hours.items()
        for place, (_, *row) in enumerate(sorted(found)[:10], start=1)
    }


def services_by_critical_time(edges: Sequence[Object]) -> Rows:
    """Hour, service, calls, critical and self time."""
    services = by_hour(_of(edges, "service"), "window_end_ms", lambda record: (str(record.get("service")),))
    sums = ("count", "critical_msec", "self_msec")
    return {(*key, *(str(_sum(found, name)) for name in sums)) for key, found in services.items()}


def calls_without_parent(edges: Sequence[Object]) -> Rows:
    """Hour, source, destination and calls."""
    found = by_hour(_of(edges, "edge"), "window_end_ms", _edge)
    return {(*key, str(_sum(of_edge, "count"))) for key, of_edge in found.items()}


def doubtful_links(chains: Sequence[Object]) -> Rows:
    """Hour, source, destination, linked calls and how many are doubtful."""
    counted: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for (hour, _), found in by_hour(chains, "end_at_ms", lambda record: (str(record.get("chain")),)).items():
        for hop in (hop for chain in found for hop in as_objects(chain.get("hops"))):
            if hop.get("parent") is not None:
                counts = counted[(hour, *_edge(hop))]
                counts[0] += 1
                counts[1] += number(hop.get("confidence")) < 0.9
    return {(*key, *map(str, counts)) for key, counts in counted.items()}


def changed_chains(edges: Sequence[Object]) -> Rows:
    """End of window and entry, where its calls or depth are not as in the last eleven minutes."""
    rows: Rows = set()
    for entry, windows in _by_minute(_of(edges, "entry"), "entry").items():
        for end in windows:
            seen = [windows[at] for at in range(end - 10 * MINUTE_MS, end + 1, MINUTE_MS) if at in windows]
            calls, usual_calls = _last_and_mean(seen, "mean_calls")
            depth, usual_depth = _last_and_mean(seen, "mean_depth")
            if len(seen) > 5 and (abs(calls - usual_calls) > 0.2 * usual_calls or abs(depth - usual_depth) > 0.5):
                rows.add((timestamp(end), entry))
    return rows


def open_alerts(alerts: Sequence[Object]) -> Rows:
    """Rule, kind and source of those whose last record says that they fire."""
    last = {
        (str(alert.get("rule")), str(alert.get("of")), str(alert.get("src"))): alert
        for alert in sorted(alerts, key=lambda alert: whole(alert.get("window_end_ms")))
    }
    return {key for key, alert in last.items() if alert.get("state") == "firing"}


def features(edges: Sequence[Object]) -> Features:
    """Of each service and end of a window: calls a second, and mean latency, in five minutes and in an hour."""
    found: Features = {}
    for service, windows in _by_minute(_of(edges, "service"), "service").items():
        for end in windows:
            figures = []
            for minutes in (5, 60):
                ends = range(end - (minutes - 1) * MINUTE_MS, end + 1, MINUTE_MS)
                seen = [windows[at] for at in ends if at in windows]
                calls = _sum(seen, "count")
                figures += [calls / (60 * minutes), _sum(seen, "sum_msec") / calls]
            found[(service, timestamp(end))] = figures
    return found


def read_features(records: Iterable[Object]) -> Features:
    """The same as the topic of features has them; the last record of a key is what it holds."""
    names = [f"{figure}_{minutes}m" for minutes in (5, 60) for figure in ("rate_per_s", "mean_msec")]
    return {
        (str(record.get("service")), (as_text(record.get("window_end")) or "")[:16].replace(" ", "T")): [
            number(record.get(name)) for name in names
        ]
        for record in records
    }


def are_alike(wanted: Sequence[float] | None, seen: Sequence[float] | None) -> bool:
    """Up to the last digits.

    >>> are_alike([0.1, 30], [0.1000001, 30]), are_alike([0.1], [0.2]), are_alike([0.1], None)
    (True, False, False)
    """
    if wanted is None or seen is None:
        return False
    return all(abs(a - b) <= 1e-4 * max(1, abs(a)) for a, b in zip(wanted, seen))


def _by_minute(records: Iterable[Object], name: str) -> dict[str, dict[int, Object]]:
    """The windows of each series by their end."""
    found: dict[str, dict[int, Object]] = defaultdict(dict)
    for record in records:
        found[str(record.get(name))][whole(record.get("window_end_ms"))] = record
    return dict(found)


def _last_and_mean(records: Sequence[Object], name: str) -> tuple[float, float]:
    figures = [number(record.get(name)) for record in records]
    return figures[-1], sum(figures) / len(figures)
