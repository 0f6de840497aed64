"""Kafka, Flink and RocketMQ, as they are fetched once into `.local/parts`.

The jars of all come from Maven: `scripts/parts/NAME/pom.xml` names them and their versions. The
distribution of Flink with its scripts is Apache's own, as its Python package holds it.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from rigs.messages import AlreadySaid, Failure, show_tail, step
from rigs.processes import words
from rigs.runs import ROOT, Run

PARTS = ROOT / ".local" / "parts"
LISTS = ROOT / "scripts" / "parts"
NAMES = ("kafka", "flink", "rocketmq")
DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.7.1"

DISTRIBUTION_VERSION = "1.12.5"
DISTRIBUTION = PARTS / f"flink-{DISTRIBUTION_VERSION}"
# Of what is optional, opt/flink-python is part of the SQL client's class path.
DISTRIBUTION_FOLDERS = tuple(
    f"pyflink/{name}" for name in ("bin/", "conf/", "lib/", "plugins/", "opt/flink-sql-client", "opt/flink-python")
)
# The newest of 1.12 that Maven has. Flink itself has none in its download.
SQL_CONNECTOR = "org.apache.flink:flink-sql-connector-kafka_2.11:1.12.3"
# The one of 1.12 is not in Maven's index; Flink 1.12 takes this one.
S3_PLUGIN = "org.apache.flink:flink-s3-fs-hadoop:1.13.6"
ZIPKIN_VERSION = "3.5.1"
# Of the version that scripts/parts/jaeger/go.mod says.
JAEGER = "github.com/jaegertracing/jaeger/cmd/all-in-one"
PLAYWRIGHT_VERSION = "1.65.1"
# The one in the distribution does not connect on Java 14 and above. Flink's manual says how to put a
# newer one in its place.
ZOOKEEPER = "org.apache.flink:flink-shaded-zookeeper-3:3.5.9-14.0"


@dataclass(frozen=True)
class PrometheusTools:
    """The commands of one installation."""

    prometheus: Path
    promtool: Path


def fetch_jars(run: Run, name: str) -> Path:
    """The folder of the jars. Nothing to do where they are there and the list is the same."""
    wanted, folder = LISTS / name / "pom.xml", PARTS / name
    fetched = folder / "resolved-from.xml"
    if fetched.is_file() and fetched.read_bytes() == wanted.read_bytes():
        return folder
    step(f"Fetching {name} (once)")
    with _fresh_folder(name) as fresh:
        command = words("mvn", "-B", "-q", "-f", wanted, f"{DEPENDENCY_PLUGIN}:copy-dependencies")
        if run.children.run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]) != 0:
            raise Failure(f"Maven could not fetch {name}: see above; the list is {wanted}")
        shutil.copy(wanted, fresh / "resolved-from.xml")
        _replace(folder, fresh)
    return folder


def fetch_distribution(run: Run) -> Path:
    """The folder of Flink's distribution, with `bin/flink` in it."""
    if (DISTRIBUTION / "bin" / "flink").exists() and (DISTRIBUTION / "opt").is_dir():
        return DISTRIBUTION
    if run.children.run([ROOT / "scripts" / "lib" / "get-tools", "/dev/null", "pip"]) != 0:
        raise AlreadySaid
    step(f"Fetching the distribution of Flink {DISTRIBUTION_VERSION} (once, 220 MB)")
    with _fresh_folder("flink-distribution") as fresh:
        _download_wheel(run, fresh)
        _unpack_wheel(fresh)
        _replace_zookeeper(run, fresh / "pyflink" / "lib")
        _replace(DISTRIBUTION, fresh / "pyflink")
    return DISTRIBUTION


def fetch_zipkin(run: Run) -> Path:
    """The jar of the Zipkin server, with its UI in it. Raises `Failure` where Maven cannot fetch it."""
    return _fetch_jar(run, "zipkin", f"io.zipkin:zipkin-server:{ZIPKIN_VERSION}:jar:exec", "Zipkin (once, 100 MB)")


def fetch_jaeger(run: Run) -> Path | None:
    """Jaeger's server without its UI, built by Go; None where there is no Go. Raises `Failure` where that fails."""
    return _build_go(run, "jaeger", JAEGER, "Jaeger")


def fetch_collector(run: Run) -> Path | None:
    """An OpenTelemetry Collector that reads Kafka and writes OTLP, likewise."""
    return _build_go(run, "collector", ".", "the OpenTelemetry Collector")


def fetch_sql_connector(run: Run) -> Path:
    """The jar with which Flink SQL reads and writes Kafka. Raises `Failure` where Maven cannot fetch it."""
    return _fetch_jar(run, "sql", SQL_CONNECTOR, "the Kafka connector of Flink SQL (once)")


def fetch_s3_plugin(run: Run) -> Path:
    """The jar with which Flink reads and writes S3. Raises `Failure` where Maven cannot fetch it."""
    return _fetch_jar(run, "s3-plugin", S3_PLUGIN, "Flink's plugin for S3 (once)")


def fetch_s3_server(run: Run) -> Path:
    """moto's command, which serves S3. Raises `Failure` where pip cannot install it."""
    folder, list_ = PARTS / "s3-server", ROOT / "rigs" / "s3" / "requirements.txt"
    command, installed = folder / "bin" / "moto_server", folder / "requirements.txt"
    if command.is_file() and installed.is_file() and installed.read_bytes() == list_.read_bytes():
        return command
    step("Installing moto, a server of S3 (once)")
    # Its scripts name the folder that they are in: so it is made where it stays.
    shutil.rmtree(folder, ignore_errors=True)
    make = words("python3", "-m", "venv", folder)
    quiet = ("--quiet", "--disable-pip-version-check", "--require-hashes")
    for command_line in (make, words(folder / "bin" / "pip", "install", *quiet, "--requirement", list_)):
        if run.children.run(command_line) != 0:
            raise Failure("moto could not be installed: see above; it needs Python 3.10 or newer")
    shutil.copy(list_, installed)
    return command


def fetch_browser_driver(run: Run) -> Path:
    """The folder of playwright-core, which drives a browser that is there."""
    driver = PARTS / "playwright" / "node_modules" / "playwright-core"
    if driver.is_dir():
        return driver
    step("Fetching playwright-core (once)")
    with _fresh_folder("playwright") as fresh:
        install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(fresh)]
        if run.children.run([*install, f"playwright-core@{PLAYWRIGHT_VERSION}"]) != 0:
            raise Failure(f"npm could not fetch playwright-core {PLAYWRIGHT_VERSION}: see above")
        _replace(PARTS / "playwright", fresh)
    return driver


def fetch_prometheus(run: Run) -> PrometheusTools:
    """Those in PATH, else those of Debian's package, unpacked: installed, it would run as a service."""
    found = [shutil.which(name) for name in ("prometheus", "promtool")]
    if found[0] is not None and found[1] is not None:
        return PrometheusTools(Path(found[0]), Path(found[1]))
    commands = PARTS / "prometheus" / "usr" / "bin"
    if not (commands / "promtool").exists():
        if shutil.which("apt-get") is None:
            raise Failure("Prometheus is needed: put prometheus and promtool, 2.42 or newer, into PATH")
        step("Fetching Prometheus (once)")
        with _fresh_folder("prometheus") as fresh:
            script = (
                'cd "$0" && apt-get -qq download prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb'
            )
            log = run.log / "prometheus-fetch.out"
            if run.children.run_logged(["bash", "-c", script, fresh], log) != 0:
                show_tail([log])
                raise Failure("the package prometheus could not be fetched: see above; apt-get update may help")
            _replace(PARTS / "prometheus", fresh)
    return PrometheusTools(commands / "prometheus", commands / "promtool")


def _fetch_jar(run: Run, name: str, artifact: str, what: str) -> Path:
    """The one jar in the folder of that name. Nothing to do where there is one of the same version."""
    folder, version = PARTS / name, artifact.split(":")[2]
    found = list(folder.glob(f"*-{version}*.jar"))
    if found:
        return found[0]
    step(f"Fetching {what}")
    with _fresh_folder(name) as fresh:
        copy = ["mvn", "-B", "-q", f"{DEPENDENCY_PLUGIN}:copy", f"-Dartifact={artifact}"]
        if run.children.run([*copy, f"-DoutputDirectory={fresh}"]) != 0:
            raise Failure(f"Maven could not fetch {artifact}: see above")
        _replace(folder, fresh)
    (jar,) = folder.glob("*.jar")
    return jar


def _build_go(run: Run, name: str, package: str, what: str) -> Path | None:
    """The command of that name. Nothing to do where it is of the same sources and versions."""
    wanted, folder = LISTS / name, PARTS / name
    # Go holds all that it takes to the checksums of go.sum, which change with the versions of go.mod.
    sources = [wanted / "go.sum", *sorted(wanted.glob("*.go"))]
    if all(_is_same(source, folder / source.name) for source in sources):
        return folder / name
    if shutil.which("go") is None:
        return None
    step(f"Building {what} (once, some minutes)")
    with _fresh_folder(name) as fresh:
        build = words("go", "build", "-C", wanted, "-mod=readonly", "-o", fresh / name, package)
        if run.children.run(build) != 0:
            raise Failure(f"Go could not build {what}: see above; the list is {wanted}/go.mod")
        for source in sources:
            shutil.copy(source, fresh)
        _replace(folder, fresh)
    return folder / name


def _is_same(wanted: Path, there: Path) -> bool:
    return there.is_file() and there.read_bytes() == wanted.read_bytes()


def _download_wheel(run: Run, folder: Path) -> None:
    # The Python and the platform that the wheel is for do not matter: what is used of it is Java.
    platform = ["--implementation", "cp", "--python-version", "38", "--abi", "cp38", "--platform", "manylinux1_x86_64"]
    quiet = ["-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    wheel = f"apache-flink=={DISTRIBUTION_VERSION}"
    if run.children.run(["python3", "-m", "pip", "download", *quiet, *platform, "--dest", folder, wheel]) != 0:
        raise Failure(f"apache-flink {DISTRIBUTION_VERSION} could not be fetched: see above")


def _unpack_wheel(folder: Path) -> None:
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder, [name for name in file.namelist() if name.startswith(DISTRIBUTION_FOLDERS)])
    for script in (folder / "pyflink" / "bin").iterdir():
        script.chmod(0o755)


def _replace_zookeeper(run: Run, libraries: Path) -> None:
    for jar in libraries.glob("flink-shaded-zookeeper-*.jar"):
        jar.unlink()
    copy = ["mvn", "-B", "-q", f"{DEPENDENCY_PLUGIN}:copy", f"-Dartifact={ZOOKEEPER}"]
    if run.children.run([*copy, f"-DoutputDirectory={libraries}"]) != 0:
        raise Failure(f"Maven could not fetch {ZOOKEEPER}: see above")


@contextmanager
def _fresh_folder(name: str) -> Iterator[Path]:
    """Beside the parts, so that a whole one is moved into its place at once. Gone afterwards."""
    PARTS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{name}.", dir=PARTS) as folder:
        yield Path(folder)


def _replace(folder: Path, fresh: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    fresh.chmod(0o755)
    fresh.rename(folder)
    # What cleans up the fresh folder expects one.
    fresh.mkdir(exist_ok=True)
