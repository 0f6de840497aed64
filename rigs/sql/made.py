"""Records that simulated traffic does not give rise to, as the job would write them."""

from __future__ import annotations

from rigs.flink.fields import Object

BEGIN_MS = 1_700_000_040_000
MINUTE_MS = 60_000


def windows_of_a_changed_entry() -> list[Object]:
    """A quarter of an hour in which the chains of an entry get half as long again, in its last minute."""
    return [
        {
            "kind": "entry",
            "entry": "changed",
            "window_start_ms": BEGIN_MS + minute * MINUTE_MS,
            "window_end_ms": BEGIN_MS + (minute + 1) * MINUTE_MS,
            "count": 10,
            "mean_calls": 6.0 if minute == 14 else 4.0,
            "mean_depth": 2.0,
            "exemplars": [f"{minute}"],
        }
        for minute in range(15)
    ]


def alerts() -> list[Object]:
    """One that has begun and ended, one that has begun again, and one that has only begun."""
    return [
        _alert("latency-rose", "firing", "ended", 1),
        _alert("latency-rose", "resolved", "ended", 9),
        _alert("rate-fell", "firing", "again", 1),
        _alert("rate-fell", "resolved", "again", 5),
        _alert("rate-fell", "firing", "again", 9),
        _alert("new", "firing", "begun", 3),
    ]


def _alert(rule: str, state: str, src: str, minute: int) -> Object:
    end_ms = BEGIN_MS + minute * MINUTE_MS
    return {
        "kind": "alert",
        "rule": rule,
        "state": state,
        "of": "edge",
        "src": src,
        "dst": "stock",
        "since_ms": end_ms - 3 * MINUTE_MS,
        "window_start_ms": end_ms - MINUTE_MS,
        "window_end_ms": end_ms,
        "exemplars": ["a"],
    }
