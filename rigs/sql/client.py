"""Flink's SQL client, fed with statements."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

from rigs.messages import Failure
from rigs.parts import fetch_sql_connector
from rigs.processes import Child, fed_from, words
from rigs.runs import Run
from rigs.sql.statements import answer, script
from rigs.tools import Java


@dataclass(frozen=True)
class SqlClient:
    """The client of a Flink, whose statements run on the cluster with this REST address."""

    run: Run
    java: Java
    flink: Path
    conf: Path
    jobmanager: str | None

    def start(self, files: Sequence[str]) -> Child:
        """Has it work these files, one after the other. Raises `Failure` where the Flink has no client."""
        if not list((self.flink / "opt").glob("flink-sql-client*.jar")):
            raise Failure(f"there is no opt/flink-sql-client*.jar in {self.flink}: Flink 1.12 has it in its download")
        folder = self.run.folder / "sql"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        statements = folder / "statements.sql"
        statements.write_text(script(files))
        command = words(self.flink / "bin" / "sql-client.sh", "embedded", "-j", fetch_sql_connector(self.run))
        environment: dict[str, str | None] = {
            "FLINK_CONF_DIR": str(self._configure(folder / "conf")),
            "FLINK_LOG_DIR": str(self.run.log),
            "JAVA_HOME": str(self.java.home),
            "JVM_ARGS": " ".join(self.java.module_flags()),
        }
        with open(self.run.log / "sql-client.out", "ab") as errors:
            return self.run.children.start(fed_from(statements, command), subprocess.PIPE, errors, environment)

    def _configure(self, conf: Path) -> Path:
        shutil.copytree(self.conf, conf)
        if self.jobmanager is not None:
            address, _, port = self.jobmanager.rpartition(":")
            with open(conf / "flink-conf.yaml", "a") as file:
                file.write(f"\nrest.address: {address}\nrest.port: {port}\n")
        return conf


def answers(client: Child) -> Iterator[str]:
    """What it answers, line by line."""
    return (said for line in client.lines() if (said := answer(line)) is not None)
