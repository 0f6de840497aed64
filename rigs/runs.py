"""A run of a command: its folder, its processes, and what must happen at its end."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Callable

from rigs.messages import AlreadySaid, Failure, warn
from rigs.processes import Children
from rigs.signals import Ended, Signals

ROOT = Path(__file__).resolve().parent.parent
# In these cases nobody wants the logs: all went well, a signal ended the run, or its reader is gone.
QUIET_EXIT_CODES = (0, 129, 130, 141, 143)


class Run:
    """Logs, temporary files and processes of one run. All but logs that are wanted are gone after it."""

    def __init__(self, signals: Signals, parent: Path, keep: bool, stop_grace_s: float) -> None:
        self.folder = parent / str(os.getpid())
        self.log = self.folder / "log"
        self.tmp = self.folder / "tmp"
        self.children = Children(signals, stop_grace_s)
        self._keep = keep
        self._at_exit: list[Callable[[int], None]] = []

    def open(self) -> None:
        # One of an earlier process with the same id.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.log.mkdir(parents=True)
        self.tmp.mkdir()

    def at_exit(self, hook: Callable[[int], None]) -> None:
        """Calls it with the exit code at the end, the last one first, before the processes are ended."""
        self._at_exit.append(hook)

    def close(self, exit_code: int) -> None:
        for hook in reversed(self._at_exit):
            try:
                hook(exit_code)
            except Exception as error:  # the others, and the processes, are still to be ended
                warn(f"error while ending: {error}")
        self.children.close()
        if exit_code in QUIET_EXIT_CODES and not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)
        elif any(path.is_file() for path in self.folder.rglob("*")):
            warn(f"Logs and data of this run are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def guarded(body: Callable[[Run], int], keep: bool = False, stop_grace_s: float = 5) -> int:
    """Gives the body a run and cleans up after it, whatever ends it; the exit code."""
    signals = Signals()
    run = Run(signals, ROOT / ".local" / "run", keep, stop_grace_s)
    exit_code = 1
    try:
        with signals.held():
            signals.install()
            run.open()
        exit_code = _outcome(body, run)
    except Ended as ended:
        exit_code = ended.exit_code
    finally:
        signals.close()
        run.close(exit_code)
        signals.restore()
    return exit_code


def _outcome(body: Callable[[Run], int], run: Run) -> int:
    """The exit code of what the body returns, or of the failure that it says."""
    try:
        return body(run)
    except AlreadySaid:
        return 1
    except Failure as failure:
        warn(f"error: {failure}")
        return 1
    except BrokenPipeError:
        # Nobody reads what is said, as in `| head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        warn(f"error: {error}")
        return 1
    except Exception:
        warn(traceback.format_exc())
        return 1
