"""`callweave link` against DuckDB and a plain Rust program: bench/offline has the sides."""

from __future__ import annotations

import shutil
from pathlib import Path

from rigs.bench.bench import Bench, memory_folder
from rigs.build import cargo_build
from rigs.messages import Failure
from rigs.processes import words
from rigs.runs import ROOT

FOLDER = ROOT / "bench" / "offline"
LEAST_FREE_BYTES = 2 << 30
VENV = ROOT / ".local" / "bench" / "venv"


def bench_offline(bench: Bench) -> None:
    python, run = _python_with_duckdb(bench), bench.run
    # The benchmark has no command of the package's name.
    plain = cargo_build(run, "callweave-bench-offline").with_name("callweave-bench-plain")
    name = f"callweave-offline-{run.folder.name}"
    # In memory where there is room: the disk would be what is measured.
    folder = memory_folder(name, LEAST_FREE_BYTES) or run.folder / "offline"
    run.at_exit(lambda _: shutil.rmtree(folder, ignore_errors=True))
    folder.mkdir(parents=True)
    size = words("--calls", str(bench.plan.pick(100_000, 1_000_000)), "--rounds", str(bench.plan.pick(1, 3)))
    sides = words("--callweave", bench.callweave, "--plain", plain, "--folder", folder)
    if run.children.run([python, FOLDER / "offline.py", *sides, *size]) != 0:
        raise Failure("bench/offline/offline.py failed: see above")
    shutil.rmtree(folder, ignore_errors=True)


def _python_with_duckdb(bench: Bench) -> Path:
    """In an environment of its own, with what bench/offline/requirements.txt names."""
    python = VENV / "bin" / "python"
    if not python.exists() and bench.run.children.run(["python3", "-m", "venv", VENV]) != 0:
        raise Failure("Python 3 with its venv module is wanted; type: apt-get install python3-venv")
    install = words(VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement")
    if bench.run.children.run([*install, FOLDER / "requirements.txt"]) != 0:
        raise Failure("pip could not install what bench/offline/requirements.txt names: see above")
    return python
