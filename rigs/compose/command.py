"""The run of scripts/compose-check."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from rigs import tools
from rigs.build import build_cli, build_job_jar
from rigs.compose.checks import Checks
from rigs.compose.engine import Engine
from rigs.compose.images import build_ours, build_stand_ins
from rigs.messages import Failure, say
from rigs.options import Options
from rigs.runs import Run, guarded

USAGE = """\
Checks docker-compose.yml and Dockerfile.flink on a real Docker engine: an engine of its own is started,
with stand-ins under the names of the official images, since nothing need be pulled so. All of it is up,
links simulated calls, is scaled, harmed, taken down and brought up again.

Usage: scripts/compose-check [--jar FILE] [--command FILE] [--keep]

  --jar FILE        the job; built where it is not given
  --command FILE    the command `callweave`, likewise
  --keep            keep logs of the run, below .local/run
  --help

The profile of Jaeger is in it where Go is in PATH, which builds Jaeger and the Collector.

It takes root, a Docker engine of 20.10 or newer (dockerd, containerd, runc, iptables) that need not run,
Docker Compose 2, mmdebstrap and iproute2; docs/operations.md says how to get them.
"""
OPTIONS = Options(command="compose-check", usage=USAGE, texts=("--jar", "--command"), flags=("--keep",))
# The engine ends its containers first.
STOP_GRACE_S = 60


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    chosen = {name: _existing(name, given.text(name)) for name in OPTIONS.texts}

    def body(run: Run) -> int:
        engine = Engine(run)
        engine.start()
        tools.get_jdk(run) if all(chosen.values()) else tools.get_all(run)
        jar = chosen["--jar"] or build_job_jar(run)
        command = chosen["--command"] or build_cli(run)
        has_jaeger = build_stand_ins(run, engine)
        build_ours(run, engine, jar, command)
        Checks(engine, jar, command, has_jaeger).run_all()
        say("docker-compose.yml and Dockerfile.flink do what they say")
        return 0

    return guarded(body, "--keep" in given.flags, STOP_GRACE_S)


def _existing(name: str, text: str | None) -> Path | None:
    if text is None:
        return None
    file = Path(text).absolute()
    if not file.is_file():
        raise Failure(f"{name} {text}: there is no such file")
    return file
