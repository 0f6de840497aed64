"""The JDK, Maven, Rust and so on. `scripts/lib/get-tools` finds them, or installs what is missing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from rigs.messages import AlreadySaid
from rigs.runs import ROOT, Run

# The JVM flags that Flink 1.12 needs from Java 9 on: it reflects on these packages.
MODULE_FLAGS = (
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
)


@dataclass(frozen=True)
class Java:
    """A Java 8, 11 or 17."""

    home: Path
    version: int

    @property
    def command(self) -> Path:
        return self.home / "bin" / "java"

    def module_flags(self) -> list[str]:
        return list(MODULE_FLAGS) if self.version >= 9 else []

    def __str__(self) -> str:
        return f"Java {self.version}"


def get_all(run: Run) -> Java:
    """Everything that builds and runs callweave, from now on in PATH and JAVA_HOME; its JDK."""
    return _get(run, "all")


def get_jdk(run: Run) -> Java:
    """A JDK and Maven, from now on in PATH and JAVA_HOME."""
    return _get(run, "jdk")


def get_java(run: Run) -> Java:
    """A Java to run on, with or without compiler."""
    return _get(run, "java")


def use_java(run: Run, home: str) -> Java:
    """The Java in that folder. Fails where it is none that Flink 1.12 runs on."""
    return _get(run, "java-in", home)


def _get(run: Run, *what: str) -> Java:
    answer = run.tmp / "tools"
    if run.children.run([ROOT / "scripts" / "lib" / "get-tools", answer, *what]) != 0:
        raise AlreadySaid
    found = dict(line.split("=", 1) for line in answer.read_text().splitlines())
    # Of what a failed run leaves, this is nothing to keep.
    answer.unlink()
    java = Java(Path(found["JAVA_HOME"]), int(found["java_version"]))
    if what[0] in ("all", "jdk"):
        os.environ.update(JAVA_HOME=found["JAVA_HOME"], PATH=found["PATH"])
    return java
