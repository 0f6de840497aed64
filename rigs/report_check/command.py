"""The run of scripts/report-check."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.build import build_cli
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.parts import PARTS
from rigs.processes import words
from rigs.runs import Run, guarded

USAGE = """\
Makes a page with `callweave report` from simulated calls, chains and rejects, some of them with names that
would run as a script, and works it in Chromium: in light and dark and on a narrow screen, by keyboard alone,
without JavaScript, and on paper. It counts errors of the console, requests, and faults that axe-core finds.

Usage: scripts/report-check [--calls N] [--parts FOLDER] [--screenshots FOLDER]

  --calls N               calls of the page that is worked (20000)
  --parts FOLDER          where playwright-core and axe-core are, or are installed (.local/parts/browser)
  --screenshots FOLDER    keep the pictures there
  --keep                  keep pages and logs, below .local/run
  --help

Needs node, npm and Chromium in PATH. Exits 0 only if the page has no fault.
"""
OPTIONS = Options(
    command="report-check",
    usage=USAGE,
    numbers=("--calls",),
    texts=("--parts", "--screenshots"),
    flags=("--keep",),
)
LIBRARIES = {"playwright-core": "1.65.1", "axe-core": "4.14.1"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = "</script><script>window.hostile = 1</script><img src=x onerror=window.hostile=1>"
PAGE_CHECK = Path(__file__).with_name("page.cjs")


@dataclass(frozen=True)
class Browser:
    """Chromium, node, and where node finds its libraries."""

    node: Path
    chromium: Path
    libraries: Path


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    parts = Path(given.text("--parts") or PARTS / "browser").absolute()
    pictures = given.text("--screenshots")

    def body(run: Run) -> int:
        browser = find_browser(run, parts)
        folder = Path(pictures).absolute() if pictures else run.folder / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        return check(run, browser, folder, given.number("--calls") or 20_000)

    return guarded(body, "--keep" in given.flags)


def find_browser(run: Run, parts: Path) -> Browser:
    """Raises `Failure` where something is missing that is not installed here."""
    node, npm = shutil.which("node"), shutil.which("npm")
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if node is None or npm is None or chromium is None:
        raise Failure("node, npm and chromium are needed: install the packages nodejs, npm and chromium")
    wanted = json.dumps({"private": True, "dependencies": LIBRARIES})
    manifest = parts / "package.json"
    if not manifest.is_file() or manifest.read_text() != wanted:
        step("Installing playwright-core and axe-core (once)")
        parts.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="browser.", dir=parts.parent) as fresh:
            Path(fresh, "package.json").write_text(wanted)
            log = run.log / "npm.out"
            install = words(npm, "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund")
            if run.children.run_logged(install, log) != 0:
                show_tail([log])
                raise Failure("npm could not install playwright-core and axe-core: see above")
            # What npm has written there names exact versions, too.
            Path(fresh, "package.json").write_text(wanted)
            shutil.rmtree(parts, ignore_errors=True)
            shutil.copytree(fresh, parts, symlinks=True)
    return Browser(Path(node), Path(chromium), parts / "node_modules")


def check(run: Run, browser: Browser, pictures: Path, calls: int) -> int:
    """Makes the pages and has them checked; the exit code."""
    callweave = build_cli(run)
    step(f"Making pages of {calls} calls, of few inputs, and of many edges")
    pages = Pages(run, callweave)
    full = pages.full(calls)
    sparse = [pages.sparse(kind) for kind in ("linked", "chains", "edges", "rejected")]
    wide = pages.wide()
    step("Working them in Chromium")
    node = words(browser.node, PAGE_CHECK, browser.libraries, browser.chromium, pictures, full, wide, *sparse)
    exit_code = run.children.run(node)
    if exit_code == 0:
        say(f"The pages have no fault{'' if run.folder in pictures.parents else f'; pictures are in {pictures}'}")
    return exit_code


class Pages:
    """Makes pages in the folder of the run."""

    def __init__(self, run: Run, callweave: Path) -> None:
        self._run = run
        self._callweave = callweave
        self._folder = run.tmp

    def full(self, calls: int) -> Path:
        """Of all kinds of records, with a service whose name is hostile."""
        broken = ("--invalid", "0.01", "--duplicate", "0.01")
        self._do("simulate", "--calls", calls, "--seed", 1, *broken, "--out", self._at("calls"))
        link = ("link", self._at("calls"), "-o", self._at("linked"), "--rejects", self._at("rejected"))
        self._do(*link, "--chains", self._at("chains"), "--edges", self._at("edges"))
        with open(self._at("linked")) as lines:
            address = json.loads(next(lines))["dst_ip"]
        self._at("services").write_text(f"{address},{HOSTILE}\n")
        inputs = [self._at(kind) for kind in ("linked", "chains", "rejected")]
        return self._report("full", *inputs, "--services", self._at("services"), "--title", f"Check {HOSTILE}")

    def sparse(self, kind: str) -> Path:
        """Of one kind of records alone."""
        return self._report(kind, self._at(kind))

    def wide(self) -> Path:
        """Of twelve hundred edges between three hundred services."""
        with open(self._at("many"), "w") as file:
            for at in range(3000):
                src = at * 7919 % 300
                dst = (src + 1 + at // 300 % 4) % 300
                call = {"id": at, "src_ip": f"service-{src}.example", "dst_ip": f"service-{dst}.example"}
                times = {"start_at_ms": at * 10, "latency_msec": at % 500, "end_at_ms": at * 10 + at % 500}
                file.write(json.dumps({**call, **times, "parents": [], "children": []}) + "\n")
        return self._report("wide", self._at("many"))

    def _report(self, name: str, *arguments: object) -> Path:
        page = self._at(f"{name}.html")
        self._do("report", *arguments, "-o", page)
        return page

    def _at(self, name: str) -> Path:
        return self._folder / name

    def _do(self, *arguments: object) -> None:
        log = self._run.log / f"{arguments[0]}.out"
        if self._run.children.run_logged([str(self._callweave), *map(str, arguments)], log) != 0:
            show_tail([log])
            raise Failure(f"callweave {arguments[0]} failed: see above")
