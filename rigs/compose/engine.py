"""A Docker engine of its own, in a network namespace of its own.

Its images, volumes and ports are apart from those of any engine of this machine, and gone afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import Sequence

from rigs.messages import Failure, show_tail
from rigs.processes import Argument, Child, wait_until, words
from rigs.runs import ROOT, Run

NEEDED = ("dockerd", "containerd", "runc", "iptables", "docker", "ip", "nsenter", "unshare")
START_LIMIT_S = 60
STOP_LIMIT_S = 60


class Engine:
    """Started once; `docker` and `compose` are the beginnings of commands against it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._folder = run.folder / "engine"
        self._namespace = f"callweave-{os.getpid()}"
        self._log = run.log / "dockerd.log"
        self._commands = run.log / "docker.out"
        self._daemon: Child | None = None
        self._compose = _find_compose()

    def start(self) -> None:
        """Raises `Failure` where this machine cannot have one, and says what it takes."""
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing:
            raise Failure(f"{', '.join(missing)} not found; docs/operations.md says what this check needs")
        if os.geteuid() != 0:
            raise Failure("a Docker engine is started: only root can do that")
        self._folder.mkdir()
        self.do(["ip", "netns", "add", self._namespace])
        self._run.at_exit(lambda _: self._stop())
        self.do(self.inside("ip", "link", "set", "lo", "up"))
        # `ip netns exec` would hide the control groups, which the engine needs.
        alone = self.inside("unshare", "--mount", "--propagation", "slave")
        folders = words("--data-root", self._folder / "data", "--exec-root", self._folder / "exec")
        files = words("--pidfile", self._folder / "pid", "--storage-driver", "overlay2", "-H", self._host)
        self._daemon = self._run.children.start_logged([*alone, "dockerd", *folders, *files], self._log)
        if not wait_until(self._answers, START_LIMIT_S, self._daemon.is_alive):
            show_tail([self._log])
            raise Failure("the Docker engine did not start: see above")

    def inside(self, *command: Argument) -> list[Argument]:
        """A command of this machine that sees the engine's loopback, with the ports that it publishes."""
        return ["nsenter", f"--net=/run/netns/{self._namespace}", *command]

    def docker(self, *arguments: Argument) -> list[Argument]:
        return ["env", f"DOCKER_HOST={self._host}", "DOCKER_BUILDKIT=1", "docker", *arguments]

    def compose(self, *arguments: Argument) -> list[Argument]:
        """Of the project's compose file."""
        where = words("--project-directory", ROOT, "--file", ROOT / "docker-compose.yml", "--ansi", "never")
        return ["env", f"DOCKER_HOST={self._host}", *self._compose, *where, *arguments]

    def do(self, command: Sequence[Argument]) -> None:
        """Raises `Failure` where it fails, and shows what it said."""
        if self._run.children.run_logged(command, self._commands) != 0:
            show_tail([self._commands])
            raise Failure(f"`{_told(command)}` failed: see above")

    def ask(self, command: Sequence[Argument]) -> str:
        """What it prints. Raises `Failure` where it fails."""
        answer = self.try_to_ask(command)
        if answer is None:
            show_tail([self._commands])
            raise Failure(f"`{_told(command)}` failed: see above")
        return answer

    def try_to_ask(self, command: Sequence[Argument]) -> str | None:
        """What it prints; None where it fails."""
        with open(self._commands, "ab") as log:
            code, printed = self._run.children.capture(command, log)
        return printed if code == 0 else None

    def inspect(self, image: str) -> object:
        """Of `docker image inspect`."""
        found: object = json.loads(self.ask(self.docker("image", "inspect", image)))
        return found[0] if isinstance(found, list) else None

    @property
    def _host(self) -> str:
        return f"unix://{self._folder}/docker.sock"

    def _answers(self) -> bool:
        return self.try_to_ask(self.docker("info")) is not None

    def _stop(self) -> None:
        if self._daemon is not None:
            # It ends the containers first.
            self._run.children.stop(self._daemon, grace_s=STOP_LIMIT_S)
        self._run.children.run(["ip", "netns", "delete", self._namespace])


def _find_compose() -> list[str]:
    return ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]


def _told(command: Sequence[Argument]) -> str:
    """Without what stands in front of each command.

    >>> _told(["env", "DOCKER_HOST=unix:///x", "docker", "info"])
    'docker info'
    """
    told = words(*command)
    return " ".join(word for word in told if word != "env" and not word.startswith("DOCKER_"))
