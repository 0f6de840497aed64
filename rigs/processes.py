"""The processes that a command starts. Every one of them ends with the command, however that ends.

Each gets a session of its own, so that what it starts in turn is ended with it, and Ctrl-C reaches the
command alone, which then ends all of them: TERM first, KILL after a few seconds.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Callable, Iterator, Mapping, Sequence, Union

from rigs.signals import Signals

POLL_S = 0.2

Argument = Union[str, Path]
# None is the command's own.
Output = Union[IO[bytes], int, None]


class Closed(RuntimeError):
    """The command is ending: no process is started any more."""


class Child:
    """A process and the group that it leads."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Until it has ended by itself; its exit code, negative for a signal."""
        return self._process.wait()

    def read(self) -> str:
        """What it prints until its end, where it was started with a pipe."""
        stream = self._process.stdout
        assert stream is not None
        with stream:
            return stream.read().decode(errors="replace")

    def lines(self) -> Iterator[str]:
        """What it prints, line by line as it comes, where it was started with a pipe."""
        stream = self._process.stdout
        assert stream is not None
        with stream:
            for line in stream:
                yield line.decode(errors="replace").rstrip("\n")

    def signal_group(self, number: int) -> bool:
        """False where nothing of the group is left."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def group_is_alive(self) -> bool:
        # Reaps the leader first: a zombie counts as a member of its group.
        self._process.poll()
        return self.signal_group(0)


class Children:
    """Starts processes, and ends those that are left."""

    def __init__(self, signals: Signals, stop_grace_s: float = 5) -> None:
        self._signals = signals
        self._stop_grace_s = stop_grace_s
        self._children: list[Child] = []
        self._lock = threading.Lock()
        self._closed = False

    def start(
        self,
        command: Sequence[Argument],
        output: Output = None,
        errors: Output = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> Child:
        """In the background.

        `environment` changes single variables; None takes one away.
        """
        with self._signals.held(), self._lock:
            if self._closed:
                raise Closed
            child = Child(
                subprocess.Popen(
                    words(*command),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env=changed_environment(environment or {}),
                    start_new_session=True,
                )
            )
            self._children.append(child)
        return child

    def start_logged(
        self, command: Sequence[Argument], log: Path, environment: Mapping[str, str | None] | None = None
    ) -> Child:
        """In the background, with all that it says at the end of a file."""
        if self._closed:
            # Before the log is opened, whose folder may be gone.
            raise Closed
        with open(log, "ab") as file:
            return self.start(command, file, file, environment)

    def run(
        self,
        command: Sequence[Argument],
        output: Output = None,
        errors: Output = None,
        environment: Mapping[str, str | None] | None = None,
    ) -> int:
        """Waits for it; its exit code. What it left in the background, as a daemon, stays."""
        child = self.start(command, output, errors, environment)
        with self._foreground(child):
            return child.wait()

    def capture(self, command: Sequence[Argument], errors: Output = None) -> tuple[int, str]:
        """Waits for it; its exit code and what it printed."""
        child = self.start(command, subprocess.PIPE, errors)
        with self._foreground(child):
            printed = child.read()
            return child.wait(), printed

    @contextmanager
    def _foreground(self, child: Child) -> Iterator[None]:
        """A signal that comes meanwhile ends it first: what cleans up its files must not race with it."""
        try:
            yield
        except BaseException:
            self.stop(child)
            raise
        self.forget(child)

    def run_logged(
        self, command: Sequence[Argument], log: Path, environment: Mapping[str, str | None] | None = None
    ) -> int:
        """The same, with all that it says at the end of a file."""
        with open(log, "ab") as file:
            return self.run(command, file, file, environment)

    def stop(self, *children: Child, grace_s: float | None = None) -> None:
        """Ends them and what they started: TERM, and after the grace KILL."""
        for child in children:
            # A stopped process takes its TERM only once it goes on.
            if child.signal_group(signal.SIGTERM):
                child.signal_group(signal.SIGCONT)
        limit_s = self._stop_grace_s if grace_s is None else grace_s
        wait_until(lambda: not any(child.group_is_alive() for child in children), limit_s, poll_s=0.05)
        self.kill(*children)

    def kill(self, *children: Child) -> None:
        for child in children:
            child.signal_group(signal.SIGKILL)
        for child in children:
            child.wait()
            self.forget(child)

    def forget(self, child: Child) -> None:
        with self._lock:
            if child in self._children:
                self._children.remove(child)

    def close(self) -> None:
        """Ends all that are left, and starts none any more."""
        with self._lock:
            self._closed = True
            left = list(self._children)
        self.stop(*left)


def words(*arguments: Argument) -> list[str]:
    """A command line, or a part of one, as texts.

    >>> words("-o", Path("a/b"))
    ['-o', 'a/b']
    """
    return [str(argument) for argument in arguments]


def fed_from(file: Path, command: Sequence[Argument]) -> list[str]:
    """A command that reads a file as its standard input.

    >>> fed_from(Path("in.txt"), ["cat", "-n"])
    ['bash', '-c', 'exec "$@" < "$0"', 'in.txt', 'cat', '-n']
    """
    return ["bash", "-c", 'exec "$@" < "$0"', *words(file, *command)]


def piped(first: Sequence[Argument], second: Sequence[Argument]) -> list[str]:
    """Two commands, of which the second reads what the first writes.

    >>> piped(["echo", "a b"], ["cat", "-n"])
    ['bash', '-c', "echo 'a b' | cat -n"]
    """
    return ["bash", "-c", f"{shlex.join(words(*first))} | {shlex.join(words(*second))}"]


def one_by_one(commands: Sequence[Sequence[Argument]]) -> list[str]:
    """Commands of which each begins when the one before it has succeeded.

    >>> one_by_one([["true"], ["echo", "a b"]])
    ['bash', '-c', "true && echo 'a b'"]
    """
    return ["bash", "-c", " && ".join(shlex.join(words(*command)) for command in commands)]


def changed_environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """That of this process with the changes; None takes a variable away."""
    environment = dict(os.environ)
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


def exit_code_of(code: int) -> int:
    """As a shell has it: 128 and the signal that ended it.

    >>> exit_code_of(3), exit_code_of(-15)
    (3, 143)
    """
    return code if code >= 0 else 128 - code


def wait_until(
    condition: Callable[[], bool],
    limit_s: float,
    while_true: Callable[[], bool] = lambda: True,
    poll_s: float = POLL_S,
) -> bool:
    """Whether the condition came to hold in time, and before `while_true` ceased to."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= end or not while_true():
            return False
        time.sleep(poll_s)
    return True
