"""What `callweave verify` says of a result."""

from __future__ import annotations

from typing import Mapping

Report = Mapping[str, int]


def read_report(text: str) -> Report:
    """Its lines "WORD NUMBER ...", by word, the first of each.

    >>> read_report("read 12\\n  written 9 of them\\nall is well\\n")
    {'read': 12, 'written': 9}
    """
    found: dict[str, int] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[1].isdecimal():
            found.setdefault(words[0], int(words[1]))
    return found


def counted(report: Report, word: str) -> int:
    """A reason that no record has is not in the report.

    >>> counted({"late": 2}, "late"), counted({}, "late")
    (2, 0)
    """
    return report.get(word, 0)
