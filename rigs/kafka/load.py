"""Simulated traffic, by `callweave simulate`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Sequence

from rigs.processes import Argument, Child, Closed
from rigs.runs import Run

# Records beside the valid calls, as shares; none is late.
TROUBLES = [
    "--malformed",
    "0.01",
    "--invalid",
    "0.01",
    "--inconsistent",
    "0.01",
    "--too-long",
    "0.005",
    "--future",
    "0.005",
    "--duplicate",
    "0.02",
]


def simulate(callweave: Path, bootstrap: str, topic: str, *options: Argument) -> list[Argument]:
    """What writes simulated calls to a topic."""
    return [callweave, "simulate", "--bootstrap", bootstrap, "--topic", topic, *options]


class LastingLoad:
    """Steady traffic until `stop`, whatever happens to the broker.

    A simulator whose records no broker has taken for half a minute ends; the next one goes on with
    other calls, of the next seed, once a broker is back.
    """

    def __init__(self, run: Run, command: Sequence[Argument], seed: int) -> None:
        self._run = run
        self._command = command
        self._next_seed = seed
        self._lock = threading.Lock()
        self._stopped = False
        self._simulator: Child | None = None
        self._thread = threading.Thread(target=self._keep_going, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            simulator = self._simulator
        if simulator is not None:
            self._run.children.stop(simulator)
        self._thread.join()

    def _keep_going(self) -> None:
        while True:
            with self._lock:
                if self._stopped:
                    return
                command = [*self._command, "--seed", str(self._next_seed)]
                try:
                    self._simulator = self._run.children.start_logged(command, self._run.log / "simulate.out")
                except Closed:
                    return
            self._simulator.wait()
            self._next_seed += 1
