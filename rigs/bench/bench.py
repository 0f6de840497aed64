"""What all benchmarks share: the sizes, the sets of calls, and the results."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence, TypeVar

from rigs.bench.rows import Row, as_json
from rigs.messages import Failure, show_tail
from rigs.processes import Argument, words
from rigs.runs import ROOT, Run
from rigs.tools import Java
from rigs.trials import TestBed

T = TypeVar("T")

MAIN_SETS = ("mid", "hot", "wide")
# Calls a second of event time, by set.
RATES = {"mid": 587, "hot": 4993, "wide": 20_000, "dense": 200_000}
# Long past: none of the calls lies in the future.
END_OF_SETS_MS = 1_700_000_000_000
# What else there is makes no chains to be compared with.
LINKS_ALONE = "--outputs=links"
MEMORY = Path("/dev/shm")
LEAST_FREE_BYTES = 6 << 30


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    names: list[str]
    quick: bool
    json: Path | None
    rates: list[int]
    minutes: int
    keep: bool

    def pick(self, quick: T, full: T) -> T:
        """The one that is asked for."""
        return quick if self.quick else full


@dataclass
class Bench:
    """`callweave` is the command; `rows` is what was measured so far; `testbed` is there once a benchmark has
    started it, and the next one goes on with it."""

    run: Run
    java: Java
    plan: Plan
    callweave: Path
    cores: int
    sets: Sets = field(init=False)
    rows: list[Row] = field(default_factory=list)
    testbed: TestBed | None = None

    def __post_init__(self) -> None:
        self.sets = Sets(self.run, self.callweave)

    def add(self, row: Row) -> None:
        """In the folder of the run, too, where --keep leaves it."""
        self.rows.append(row)
        with open(self.run.folder / "results.jsonl", "a") as file:
            file.write(json.dumps(as_json(row)) + "\n")

    def must(self, command: Sequence[Argument], log: Path, failure: str) -> None:
        """Runs it, with what it says in a log whose end is shown where it fails."""
        if self.run.children.run_logged(command, log) != 0:
            show_tail([log])
            raise Failure(f"{failure}: see above")


class Sets:
    """Files of calls that the simulator makes, the same at every run.

    They are in memory where there is room, else the disk would be part of what is measured.
    """

    def __init__(self, run: Run, callweave: Path) -> None:
        self._run = run
        self._callweave = callweave
        self._folder: Path | None = None
        run.at_exit(lambda _: self.forget())

    def make(self, name: str, ids: str, calls: int) -> Path:
        """A set: ids are counter, up to 7 bytes long, or uuid. A call comes at most 29 s after its start."""
        return self.make_calls(f"{name}-{ids}-{calls}", topology(name), RATES[name], ids, calls)

    def make_calls(self, file_name: str, services: Path, rate: int, ids: str, calls: int) -> Path:
        """A file of that name, unless it is there."""
        file = self._find_folder() / f"{file_name}.jsonl"
        if file.exists():
            return file
        shape = words("--topology", services, "--rate", str(rate), "--id", ids, "--calls", str(calls))
        fixed = words("--seed", "1", "--address", "ipv4", "--end-at-ms", str(END_OF_SETS_MS), "--out", file)
        log = self._run.log / "simulate.out"
        if self._run.children.run_logged([self._callweave, "simulate", *shape, *fixed], log) != 0:
            show_tail([log])
            raise Failure(f"the simulator did not make {file_name}: see above")
        return file

    def forget(self) -> None:
        """Makes room."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _find_folder(self) -> Path:
        if self._folder is None:
            in_memory = memory_folder(f"callweave-bench-{os.getpid()}", LEAST_FREE_BYTES)
            self._folder = in_memory or self._run.folder / "sets"
            self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


def memory_folder(name: str, least_free_bytes: int) -> Path | None:
    """A folder in memory, which is not made yet; None where there is no room."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return None
    return MEMORY / name if shutil.disk_usage(MEMORY).free > least_free_bytes else None


def topology(name: str) -> Path:
    """The services of a set."""
    return ROOT / "bench" / "sets" / f"{name}.yaml"


def live(name: str) -> list[Argument]:
    """What makes live traffic like a set, at another rate."""
    return ["--id", "counter", "--address", "ipv4", "--seed", "1", "--topology", topology(name)]
