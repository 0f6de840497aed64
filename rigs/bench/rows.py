"""What the benchmarks measure: a kind of row for each of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Callable, Hashable, Iterable, Protocol, Sequence, TypeVar, Union

from rigs.flink.fields import Object, as_object

R = TypeVar("R")
K = TypeVar("K", bound=Hashable)


class Timed(Protocol):
    """A run of one side of a comparison. Round 0 is for warming up."""

    @property
    def set(self) -> str: ...
    @property
    def side(self) -> str: ...
    @property
    def round(self) -> int: ...
    @property
    def calls(self) -> int: ...
    @property
    def wall_s(self) -> float: ...
    @property
    def cpu_s(self) -> float:
        """Of all processes."""
        ...


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True)
class KernelRow:
    """ns a call, with the bounds of its 95 % confidence interval."""

    set: str
    kernel: str
    calls: int
    ns: float
    low_ns: float
    high_ns: float


@dataclass(frozen=True)
class JobRow:
    """A run from memory. `hash` is that of all results, whatever their order."""

    set: str
    side: str
    round: int
    calls: int
    written: int
    rejected: int
    hash: str
    wall_s: float
    cpu_s: float


class GrowthRow(JobRow):
    """The same; the set is the group, and the side what was changed to."""


@dataclass(frozen=True)
class StateRow:
    """A savepoint of so many open calls."""

    set: str
    open: int
    bytes: int


@dataclass(frozen=True)
class KafkaRow:
    """A run from Kafka to Kafka."""

    set: str
    side: str
    round: int
    calls: int
    wall_s: float
    flink_cpu_s: float
    broker_cpu_s: float

    @property
    def cpu_s(self) -> float:
        return self.flink_cpu_s + self.broker_cpu_s


@dataclass(frozen=True)
class Delays:
    """How late results came; None where nothing was written."""

    read: int
    written: int
    min_ms: int | None
    p50_ms: int | None
    p99_ms: int | None
    max_ms: int | None


@dataclass(frozen=True)
class RealtimeRow:
    """A live stream. `open` are calls that wait at its end, `rss_bytes` the most that the TaskManager had."""

    rate: int
    set: str
    sustained: bool
    taken: int
    lag_begin_ms: int
    lag_end_ms: int
    checkpoint_ms: list[int]
    checkpoint_bytes: list[int]
    open: int
    state_bytes: int
    rss_bytes: int
    wall_s: float
    taskmanager_cpu_s: float
    jobmanager_cpu_s: float
    broker_cpu_s: float
    delays: Delays


Row = Union[KernelRow, JobRow, StateRow, KafkaRow, RealtimeRow]

NAMES: dict[type, str] = {
    KernelRow: "kernels",
    JobRow: "job",
    GrowthRow: "growth",
    StateRow: "state",
    KafkaRow: "kafka",
    RealtimeRow: "realtime",
}


def as_json(row: Row) -> dict[str, object]:
    """With the name of its benchmark."""
    return {"bench": NAMES[type(row)], **asdict(row)}


def by(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, list[R]]:
    """Rows by what the key says of them, in the order in which that comes first.

    >>> by([1, 2, 3], lambda number: number % 2)
    {1: [1, 3], 0: [2]}
    """
    groups: dict[K, list[R]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def measured(rows: Sequence[T]) -> list[T]:
    """Without the warm-up."""
    return [row for row in rows if row.round > 0]


def read_lines(text: str) -> list[Object]:
    """The JSON objects, one a line, among what else was printed."""
    return [as_object(json.loads(line)) for line in text.splitlines() if line.startswith("{")]


def read_job_row(line: Object, kind: type[JobRow] = JobRow) -> JobRow:
    """Of what JobBench prints. Raises `ValueError` where a field is missing or of another type."""
    fields = Fields(line)
    return kind(
        set=fields.text("set"),
        side=fields.text("side"),
        round=fields.whole("round"),
        calls=fields.whole("calls"),
        written=fields.whole("written"),
        rejected=fields.whole("rejected"),
        hash=fields.text("hash"),
        wall_s=fields.number("wall_s"),
        cpu_s=fields.number("cpu_s"),
    )


def read_state_row(line: Object) -> StateRow:
    """Of what StateBench prints."""
    fields = Fields(line)
    return StateRow(fields.text("set"), fields.whole("open"), fields.whole("bytes"))


def read_delays(line: Object) -> Delays:
    """Of what `callweave-bench-latency measure` prints."""
    fields = Fields(line)
    names = ("min_ms", "p50_ms", "p99_ms", "max_ms")
    delays = (fields.whole(name) if line.get(name) is not None else None for name in names)
    return Delays(fields.whole("read"), fields.whole("written"), *delays)


class Fields:
    """The fields of a line that a program of this project has printed."""

    def __init__(self, line: Object) -> None:
        self._line = line

    def text(self, name: str) -> str:
        value = self._line.get(name)
        if not isinstance(value, str):
            raise ValueError(f"'{name}' is {value!r}, not a text, in {self._line}")
        return value

    def whole(self, name: str) -> int:
        value = self._line.get(name)
        if not isinstance(value, int):
            raise ValueError(f"'{name}' is {value!r}, not a whole number, in {self._line}")
        return value

    def number(self, name: str) -> float:
        value = self._line.get(name)
        if not isinstance(value, (int, float)):
            raise ValueError(f"'{name}' is {value!r}, not a number, in {self._line}")
        return value
