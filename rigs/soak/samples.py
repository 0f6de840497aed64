"""The samples of a soak: what is measured every few seconds, and the CSV of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Callable, Sequence, Tuple

Point = Tuple[int, int]


@dataclass(frozen=True)
class Sample:
    """A row of the CSV, in this order; a figure that nobody gave is None, and empty there."""

    seconds: int
    rss_bytes: int | None = None
    heap_bytes: int | None = None
    live_heap_bytes: int | None = None
    non_heap_bytes: int | None = None
    direct_bytes: int | None = None
    block_cache_bytes: int | None = None
    native_bytes: int | None = None
    link_open: int | None = None
    assemble_open: int | None = None
    read: int | None = None
    written: int | None = None
    links: int | None = None
    checkpoint_ms: int | None = None
    checkpoint_bytes: int | None = None
    retained_bytes: int | None = None

    @property
    def open_calls(self) -> int | None:
        """In Link and Assemble; None where one of them does not say."""
        if self.link_open is None or self.assemble_open is None:
            return None
        return self.link_open + self.assemble_open


COLUMNS = [field.name for field in fields(Sample)]


class SampleFile:
    """The CSV, which grows by a row at a time: what was seen stays when the run is ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.samples: list[Sample] = []
        with open(path, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(COLUMNS)

    def add(self, sample: Sample) -> None:
        self.samples.append(sample)
        with open(self._path, "a", newline="") as file:
            # csv writes None as nothing.
            csv.writer(file, lineterminator="\n").writerow(getattr(sample, name) for name in COLUMNS)


def points(samples: Sequence[Sample], figure: Callable[[Sample], int | None]) -> list[Point]:
    """(s, figure), without the samples that do not have it.

    >>> points([Sample(0, read=3), Sample(10)], lambda sample: sample.read)
    [(0, 3)]
    """
    return [(sample.seconds, value) for sample in samples if (value := figure(sample)) is not None]
