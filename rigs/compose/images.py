"""The images of a check: stand-ins under the official names, and ours, built from Dockerfile.flink."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rigs.compose.engine import Engine
from rigs.messages import Failure, say, step
from rigs.parts import PARTS, fetch_collector, fetch_distribution, fetch_jaeger, fetch_jars, fetch_zipkin
from rigs.processes import words
from rigs.runs import ROOT, Run
from rigs.tools import MODULE_FLAGS

STAND_INS = Path(__file__).parent / "stand_ins"
BASE = ROOT / ".local" / "engine" / "base.tar"
BASE_IMAGE = "callweave-stand-in-base"
PACKAGES = "ca-certificates,procps,curl,wget,busybox,libssl3,openjdk-17-jre-headless,prometheus"
FLINK = "flink:1.12.7-scala_2.12-java11"
DEBIAN = "debian:12.11-slim"
OFFICIAL = {
    "kafka": "apache/kafka:3.9.1",
    "flink": FLINK,
    "prometheus": "prom/prometheus:v2.53.4",
    "grafana": "grafana/grafana:11.6.0",
    "zipkin": "openzipkin/zipkin:3.5.1",
}
# Go builds what is in them.
OF_JAEGER = {
    "jaeger": "jaegertracing/all-in-one:1.76.0",
    "collector": "otel/opentelemetry-collector-contrib:0.155.0",
}
OURS = {"flink": "callweave-flink:0.1.0", "command": "callweave:0.1.0"}


def build_stand_ins(run: Run, engine: Engine) -> bool:
    """Under the names that docker-compose.yml and Dockerfile.flink have; whether those of Jaeger are among them."""
    base = _make_base(run)
    fetch_jars(run, "kafka")
    distribution, zipkin = fetch_distribution(run), fetch_zipkin(run)
    built = {"jaeger": fetch_jaeger(run), "collector": fetch_collector(run)}
    has_jaeger = None not in built.values()
    if not has_jaeger:
        say("skipped: the profile of Jaeger is not started, there is no go in PATH that could build what is in it")
    step("Building stand-ins of the official images")
    engine.do(engine.docker("import", base, BASE_IMAGE))
    engine.do(engine.docker("tag", BASE_IMAGE, DEBIAN))
    context = run.tmp / "stand-ins"
    shutil.copytree(STAND_INS, context)
    shutil.copytree(PARTS / "kafka", context / "kafka-jars")
    shutil.copytree(distribution, context / "flink-distribution")
    shutil.copy(zipkin, context / "zipkin.jar")
    for name, binary in built.items():
        if binary is not None:
            shutil.copy(binary, context / name)
    for target, name in {**OFFICIAL, **(OF_JAEGER if has_jaeger else {})}.items():
        flags = ["--build-arg", f"JAVA_FLAGS={' '.join(MODULE_FLAGS)}"] if target == "flink" else []
        engine.do(engine.docker("build", "--target", target, "--tag", name, *flags, context))
    shutil.rmtree(context)
    return has_jaeger


def build_ours(run: Run, engine: Engine, jar: Path, command: Path) -> None:
    """From a jar and a command that are built already."""
    step("Building the images of Dockerfile.flink")
    context = run.tmp / "context"
    context.mkdir()
    for file in (jar, command):
        os.link(file, context / file.name) if _same_disk(file, context) else shutil.copy(file, context)
    given = {"flink": f"JAR={jar.name}", "command": f"COMMAND={command.name}"}
    for target, name in OURS.items():
        build = words("build", "--file", ROOT / "Dockerfile.flink", "--target", target, "--tag", name)
        engine.do(engine.docker(*build, "--build-arg", given[target], context))
    shutil.rmtree(context)


def _same_disk(file: Path, folder: Path) -> bool:
    return file.stat().st_dev == folder.stat().st_dev


def _make_base(run: Run) -> Path:
    """A small Debian as an archive. Made once."""
    if BASE.is_file():
        return BASE
    if shutil.which("mmdebstrap") is None:
        raise Failure("mmdebstrap not found; docs/operations.md says what this check needs")
    step("Making a small Debian for the stand-ins (once, a few minutes)")
    BASE.parent.mkdir(parents=True, exist_ok=True)
    fresh = BASE.with_name("fresh-base.tar")
    command = words("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "bookworm", fresh)
    if run.children.run_logged(command, run.log / "mmdebstrap.out") != 0:
        raise Failure(f"mmdebstrap failed: see {run.log / 'mmdebstrap.out'}")
    fresh.rename(BASE)
    return BASE
