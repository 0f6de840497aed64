"""scripts/fetch-parts: the jars of Kafka, Flink and RocketMQ."""

from __future__ import annotations

from typing import Sequence

from rigs import tools
from rigs.messages import Failure, say
from rigs.options import HelpWanted
from rigs.parts import NAMES, fetch_jars
from rigs.runs import Run, guarded

USAGE = """\
Fetches the jars of Kafka, Flink and RocketMQ into .local/parts, where the other scripts and the
integration tests look for them. What is there already is left alone.

Usage: scripts/fetch-parts [kafka] [flink] [rocketmq]      (none: all)
"""


def main(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in ("-h", "--help"):
        raise HelpWanted(USAGE)
    for name in arguments:
        if name not in NAMES:
            raise Failure(f"there are no parts named '{name}'; there are: {', '.join(NAMES)}")

    def body(run: Run) -> int:
        tools.get_jdk(run)
        for name in arguments or NAMES:
            say(f"{name}: {fetch_jars(run, name)}")
        return 0

    return guarded(body)
