"""The job's metrics: how Flink's values for each vertex become one figure for the job."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Iterable, Mapping

from rigs.flink.fields import as_number, as_objects, as_text
from rigs.messages import grouped

WANTED = re.compile(
    r"block-cache-usage$|\.callweave\.(read|reason\.[a-z_]+\.rejected|duplicates|links|written"
    r"|watermarkLagMs|wallClockLagMs|openCalls|nativeBytes)$"
)
# Who counts calls, each once; others count chains, windows, or the same calls once more by that name.
OF_CALLS = {"written": "Assemble", "duplicates": "Link"}
REASONS = ("malformed", "invalid", "inconsistent", "too_long", "future", "late")


@dataclass(frozen=True)
class Metrics:
    """By name: read, written, rejected.late, watermarkLagMs, Link.openCalls, Link.blockCache and so on.

    The sum over subtasks and operators, for a lag the largest of a subtask. A name that is missing was
    not reported.
    """

    values: Mapping[str, int] = field(default_factory=dict)

    def get(self, name: str) -> int | None:
        return self.values.get(name)

    @property
    def open_calls(self) -> int:
        """How many calls Link and Assemble wait with."""
        return (self.get("Link.openCalls") or 0) + (self.get("Assemble.openCalls") or 0)

    @property
    def no_call_is_open(self) -> bool:
        """Link and Assemble both say so; one that says nothing may have some."""
        return self.get("Link.openCalls") == 0 and self.get("Assemble.openCalls") == 0

    def all_is_out(self, records: int) -> bool:
        """So many records were read, and no call waits."""
        return (self.get("read") or 0) >= records and self.no_call_is_open

    def lag_ms(self, name: str) -> int | None:
        """None before the first call, too."""
        lag = self.get(name)
        return lag if lag is not None and lag >= 0 else None

    def rejected(self) -> str:
        """How many, then why: "12 (invalid 4, late 8)"."""
        counts = {reason: self.get(f"rejected.{reason}") for reason in REASONS}
        known = {reason: count for reason, count in counts.items() if count is not None}
        if not known:
            return "-"
        reasons = ", ".join(f"{reason} {grouped(count)}" for reason, count in known.items() if count)
        return grouped(sum(known.values())) + (f" ({reasons})" if reasons else "")

    def lag(self) -> str:
        """How far the watermark is behind the newest start, in seconds."""
        lag = self.lag_ms("watermarkLagMs")
        return "-" if lag is None else f"{lag / 1000:.1f} s"


def wanted(ids: Iterable[str]) -> list[str]:
    """Of the ids that a vertex has, those of the metrics here."""
    return [name for name in ids if WANTED.search(name)]


def read_aggregates(value: object) -> list[tuple[str, int]]:
    """Names and figures of one vertex, of .../subtasks/metrics?agg=sum,max. A NaN is left out."""
    read = []
    for item in as_objects(value):
        name = short_name(as_text(item.get("id")) or "")
        figure = as_number(item.get("max" if name.endswith("LagMs") else "sum"))
        if name and figure is not None:
            read.append((name, figure))
    return read


def short_name(name: str) -> str:
    """Flink's name of a metric, without what is in front of it.

    >>> short_name("Route.callweave.reason.too_long.rejected"), short_name("Link.callweave.openCalls")
    ('rejected.too_long', 'Link.openCalls')
    >>> short_name("Link.rocksdb.cells.rocksdb_block-cache-usage")
    'Link.blockCache'
    >>> short_name("Assemble.callweave.written"), short_name("EdgeWindows.callweave.written")
    ('written', 'EdgeWindows.written')
    """
    operator, _, count = name.partition(".callweave.")
    if OF_CALLS.get(count, operator) != operator:
        return f"{operator}.{count}"
    if name.endswith(".callweave.openCalls"):
        return name[: -len(".callweave.openCalls")] + ".openCalls"
    if name.endswith("block-cache-usage"):
        return name.partition(".")[0] + ".blockCache"
    # A reason is a label in Prometheus, and two parts of the name here.
    return re.sub(r"^reason\.(.+)\.rejected$", r"rejected.\1", name.rpartition(".callweave.")[2])


def add_up(vertices: Iterable[Iterable[tuple[str, int]]]) -> Metrics:
    """Sums over the vertices."""
    sums: dict[str, int] = {}
    for vertex in vertices:
        for name, figure in vertex:
            sums[name] = sums.get(name, 0) + figure
    return Metrics(sums)
