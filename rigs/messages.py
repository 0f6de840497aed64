"""What the rigs say: progress on standard output, trouble on standard error."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Iterable, Sequence

TAIL_LINES = 25


class Failure(Exception):
    """Ends the command with exit code 1; the message says what was wrong and what would be right."""


class AlreadySaid(Failure):
    """A failure that the process which failed has told already."""


def say(text: str = "") -> None:
    print(text, flush=True)


def step(text: str) -> None:
    """A step that takes time, with the time at which it started."""
    say(f"[{time.strftime('%H:%M:%S')}] {text}")


def warn(text: str = "") -> None:
    # What was said before must come before it where both go to one file.
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def show_tail(logs: Iterable[Path]) -> None:
    """The end of each log that has something in it, to standard error."""
    for log in logs:
        try:
            lines = log.read_text(errors="replace").splitlines()
        except OSError:
            continue
        if lines:
            warn(f"--- the end of {log}")
            warn("\n".join(lines[-TAIL_LINES:]))


def grouped(number: int | float | None) -> str:
    """With thousands separators, or - where there is no number.

    >>> grouped(1234567), grouped(None)
    ('1,234,567', '-')
    """
    return "-" if number is None else f"{number:,}"


class Table:
    """Rows under a header; each column has a width, negative for text that starts at the left."""

    def __init__(self, columns: Sequence[str], widths: Sequence[int]) -> None:
        assert len(columns) == len(widths)
        self._columns = columns
        self._widths = widths
        self._rows: list[str] = []

    def add(self, *cells: object) -> str:
        """Keeps the row, and returns the line that shows it."""
        self._rows.append(self._line([str(cell) for cell in cells]))
        return self._rows[-1]

    def __len__(self) -> int:
        return len(self._rows)

    def lines(self) -> list[str]:
        return [self._line(self._columns), *self._rows]

    def _line(self, cells: Sequence[str]) -> str:
        padded = [cell.ljust(-width) if width < 0 else cell.rjust(width) for cell, width in zip(cells, self._widths)]
        return "  ".join(padded).rstrip()
