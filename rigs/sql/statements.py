"""Files of SQL as the client takes them from its standard input, and what it answers."""

from __future__ import annotations

import re
from typing import Iterable, Mapping, Sequence

from rigs.messages import Failure

# The client shows rows as they come, not in a page that someone scrolls.
SETTINGS = (
    "SET table.local-time-zone=UTC;",
    "SET execution.type=streaming;",
    "SET execution.result-mode=tableau;",
    # A partition without records would hold time for all others.
    "SET table.exec.source.idle-timeout=30 s;",
    # Rows are corrected as records come: of each row once in so long, not with each record.
    "SET table.exec.mini-batch.enabled=true;",
    "SET table.exec.mini-batch.allow-latency=2 s;",
    "SET table.exec.mini-batch.size=10000;",
    # Sums that no record has come to for so long are given up: a day is far more than any record is late.
    "SET table.exec.state.ttl=86400000;",
)
PLACE = re.compile(r"\$\{(\w+)\}")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
REASON = re.compile(r"^(Caused by: )?[\w.$]+(Exception|Error)[:\w]*")


def fill(text: str, values: Mapping[str, str], name: str) -> str:
    """Puts values into their places. Raises `Failure` at a place that there is no value for.

    >>> fill("'topic' = '${edges}'", {"edges": "e"}, "q.sql")
    "'topic' = 'e'"
    """

    def value(place: re.Match[str]) -> str:
        if place.group(1) not in values:
            raise Failure(f"{name}: there is nothing to put for {place.group(0)}; there are: {', '.join(values)}")
        return values[place.group(1)].replace("'", "''")

    return PLACE.sub(value, text)


def script(files: Iterable[str]) -> str:
    """All statements behind the settings, without the lines that are comments: the client ends a statement at a
    semicolon in one, too.

    >>> script(["-- one; two\\nSELECT 1;"]).splitlines()[-1]
    'SELECT 1;'
    """
    lines = (line for text in files for line in text.splitlines())
    return "\n".join([*SETTINGS, *(line for line in lines if not line.lstrip().startswith("--"))]) + "\n"


def is_row(line: str) -> bool:
    """Whether the client shows rows by it; it echoes all that it reads besides.

    >>> is_row("|   + | shop |"), is_row("+-----+"), is_row("> SELECT 1"), is_row(") AS x+-----+-----+")
    (True, True, False, True)
    """
    return line.startswith("| ") or re.search(r"\+(-+\+)+$", line) is not None


def answer(line: str) -> str | None:
    """What of a line the user sees; None of what the client only echoes.

    >>> answer("GROUP BY src+-----+-----+"), answer("\\x1b[31;1m[ERROR] No."), answer("> SELECT 1")
    ('+-----+-----+', '[ERROR] No.', None)
    """
    plain = COLOUR.sub("", line)
    if is_row(plain):
        return plain if plain.startswith("| ") else plain[plain.index("+-") :]
    for mark in ("[INFO]", "[ERROR]", "[WARNING]", "Job ID:"):
        if mark in plain:
            return plain[plain.index(mark) :]
    return plain if REASON.match(plain) else None


def cells(lines: Sequence[str]) -> list[list[str]]:
    """The cells of the rows that were added, without their mark and the head.

    >>> cells(["| +/- | src | n |", "|   + | a | 1 |", "|   - | a | 1 |", "|   + | a | 2 |"])
    [['a', '2']]
    """
    rows: list[list[str]] = []
    for line in lines:
        if not line.startswith("| "):
            continue
        mark, *values = [cell.strip() for cell in line.strip("|").split("|")]
        if mark == "+":
            rows.append(values)
        elif mark == "-" and values in rows:
            rows.remove(values)
    return rows
