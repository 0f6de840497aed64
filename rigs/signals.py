"""INT, TERM and HUP end a command in order, wherever they meet it."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from types import FrameType
from typing import Any, Callable, Iterator, Optional, Union


class Ended(BaseException):
    """A signal ends the command. No `except Exception` holds it up."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.exit_code = 128 + number


_Handler = Union[Callable[[int, Optional[FrameType]], Any], int, None]


class Signals:
    """Turns the first signal into `Ended`, raised in the main thread; later ones are ignored.

    Where an exception would leave something half done, as between the start of a process and the
    note of its id, `held` puts it off until that is done.
    """

    NUMBERS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._holds = 0
        self._waiting: int | None = None
        self._closed = False
        self._before: dict[signal.Signals, _Handler] = {}

    def install(self) -> None:
        for number in self.NUMBERS:
            # nohup means that the end of the terminal is not the end of the command.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)

    def restore(self) -> None:
        """The handlers of before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            # No signal meets another thread.
            yield
            return
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
        if self._waiting is not None:
            self._raise(self._waiting)

    def close(self) -> None:
        """From here on signals are ignored: the command is ending anyway."""
        self._closed = True

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self._raise(number)

    def _raise(self, number: int) -> None:
        # A handler, not SIG_IGN, which the children that a clean-up starts would inherit.
        if self._closed:
            return
        if self._holds:
            self._waiting = number
            return
        self._closed = True
        raise Ended(number)
