"""What is built before it can run: the job's jar, the command `callweave`, and what measures them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable

from rigs.messages import Failure, step
from rigs.processes import Child, one_by_one, wait_until, words
from rigs.runs import ROOT, Run

JOB_TARGET = ROOT / "flink-job" / "target"
NATIVE_TARGET = JOB_TARGET / "classes" / "META-INF" / "native"
JOB_SOURCES = [
    ROOT / name
    for name in (
        "pom.xml",
        "Cargo.toml",
        "Cargo.lock",
        "scripts/build-native",
        "flink-job/pom.xml",
        "flink-job/src/main",
        "rust/core",
        "rust/jni",
        "proto",
    )
]
BENCH_TARGET = ROOT / "bench" / "job" / "target"
BENCH_SOURCES = [ROOT / "bench" / "job" / "pom.xml", ROOT / "bench" / "job" / "src" / "main"]
# Without TLS: the rigs use a broker on this machine, or one that does without.
COMMAND_OPTIONS = ("--no-default-features",)
BUILD_LIMIT_S = 3600
LIVE_CALLS = Path("release", "callweave-live-calls")
NO_JOBS = ("-sources.jar", "-javadoc.jar", "-tests.jar")


@dataclass(frozen=True)
class BenchJar:
    """The job, and the jar of bench/job with what it takes to run it."""

    job: Path
    bench: Path
    class_path: str


def find_job_jar() -> Path | None:
    """flink-job/target/callweave-VERSION.jar; None where nothing is built."""
    jars = sorted(JOB_TARGET.glob("callweave-*.jar"))
    return next((jar for jar in jars if not jar.name.endswith(NO_JOBS)), None)


class JobAndCommand:
    """The job's jar and the command `callweave`, built beside whatever else is set up.

    The first time they take most of the time until a job runs. Cargo builds one thing at a time: first what
    Maven packs, then, while Maven is at work, a small program with calls to begin with, and the command.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._native: Child | None = None
        self._command: Child | None = None
        if _fresh_job_jar() is None:
            step("Building the job's native library in the background (1 to 2 minutes the first time)")
            self._native = run.children.start([ROOT / "scripts" / "build-native", NATIVE_TARGET])

    def job_jar(self) -> Path:
        if self._native is not None:
            _await_build(self._run, self._native, "callweave-jni")
        builds = [_cargo("callweave", *COMMAND_OPTIONS)]
        if not _command_path().exists():
            step("Building the command callweave in the background (2 to 3 minutes the first time)")
            builds.insert(0, _cargo("callweave-simulate"))
        self._command = self._run.children.start(one_by_one(builds))
        # Maven would wait for Cargo, to build what is there.
        return build_job_jar(self._run, *(["-Dexec.skip=true"] if self._native is not None else []))

    def is_building(self) -> bool:
        """Whether `command` would wait."""
        return self._command is not None and self._command.is_alive()

    def live_calls(self) -> Path | None:
        """What writes calls while the command is being built, waited for; None where the command is built."""
        live = cargo_target() / LIVE_CALLS
        wait_until(lambda: live.exists() or not self.is_building(), BUILD_LIMIT_S)
        return live if self.is_building() else None

    def has_command(self) -> bool:
        """Whether `command` has returned."""
        return self._command is None

    def command(self) -> Path:
        """To be asked for after the jar. Raises `Failure` where it could not be built."""
        if self._command is not None:
            if self.is_building():
                step("Waiting for the command callweave to be built")
            _await_build(self._run, self._command, "callweave")
            self._command = None
        return _command_path()


def build_job_jar(run: Run, *options: str) -> Path:
    """Builds the job's jar where a source is newer than it. `options` go to Maven."""
    jar = _fresh_job_jar()
    if jar is not None:
        return jar
    step("Building the job (half a minute, and a minute more where its native library is not built)")
    return _package(run, "flink-job", "-Dmaven.test.skip=true", *options)


def build_connector_jar(run: Run, module: str, what: str) -> Path:
    """Builds MODULE/target/callweave-MODULE-VERSION.jar where a source of it or of the job is newer. `what` is said."""
    connector = ROOT / module / "target" / f"callweave-{module}-0.1.0.jar"
    own = [ROOT / module / "pom.xml", ROOT / module / "src" / "main", ROOT / "rust" / f"jni-{module}"]
    built = connector.is_file() and not newer_than(connector, [*JOB_SOURCES, *own])
    if not built or _fresh_job_jar() is None:
        step(f"Building {what}")
        _package(run, f"flink-job,{module}")
        os.utime(connector)
    return connector


def build_bench_jar(run: Run) -> BenchJar:
    """Builds the job and bench/job where a source is newer."""
    job, class_path = find_job_jar(), BENCH_TARGET / "class-path"
    bench = BENCH_TARGET / "callweave-bench-job-0.1.0.jar"
    built = job is not None and bench.is_file() and class_path.is_file()
    if job is None or not built or newer_than(job, JOB_SOURCES) or newer_than(bench, BENCH_SOURCES):
        step("Building the job and bench/job (a few minutes the first time)")
        job = _package(run, "flink-job,bench/job")
        os.utime(bench)
    return BenchJar(job, bench, class_path.read_text().strip())


def build_cli(run: Run) -> Path:
    """Builds `callweave`."""
    if not _command_path().exists():
        step("Building the command callweave (a few minutes the first time)")
    return cargo_build(run, "callweave", *COMMAND_OPTIONS)


def cargo_build(run: Run, package: str, *options: str) -> Path:
    """Builds a package of the workspace; where its command of the same name is."""
    _await_build(run, run.children.start(_cargo(package, *options)), package)
    return cargo_target() / "release" / package


def _cargo(package: str, *options: str) -> list[str]:
    build = words("cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", ROOT / "Cargo.toml")
    return [*build, "--package", package, *options]


def _await_build(run: Run, build: Child, package: str) -> None:
    code = build.wait()
    run.children.forget(build)
    if code != 0:
        raise Failure(f"the build of {package} failed: see above")


def _command_path() -> Path:
    return cargo_target() / "release" / "callweave"


def cargo_target() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")


def newer_than(built: Path, sources: Iterable[Path]) -> bool:
    """Whether a source, or a file or folder below it, has changed since.

    >>> newer_than(Path(__file__), [Path(__file__)])
    False
    """
    built_at = built.stat().st_mtime
    return any(
        path.stat().st_mtime > built_at for source in sources for path in (source, *source.rglob("*")) if path.exists()
    )


def _fresh_job_jar() -> Path | None:
    jar = find_job_jar()
    return None if jar is None or newer_than(jar, JOB_SOURCES) else jar


def _package(run: Run, modules: str, *options: str) -> Path:
    maven: list[str | Path] = [
        "mvn",
        "-B",
        "-q",
        "-f",
        ROOT / "pom.xml",
        "--projects",
        modules,
        "-DskipTests",
        *options,
        "package",
    ]
    if run.children.run(maven) != 0:
        raise Failure("the build failed: see above")
    jar = find_job_jar()
    if jar is None:
        raise Failure(f"the build left no jar in {JOB_TARGET}")
    # A build that finds nothing to pack anew leaves the old jar, and its old time.
    os.utime(jar)
    return jar
