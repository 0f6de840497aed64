"""A Zipkin server with its UI, which reads spans from Kafka and keeps them in memory; on the loopback only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Mapping
from urllib.parse import urlencode

from rigs.messages import Failure, show_tail
from rigs.ports import free_port
from rigs.processes import Child, wait_until, words
from rigs.runs import Run
from rigs.tools import Java

# What the server is built for.
MIN_JAVA = 17
START_LIMIT_S = 180
ANSWER_LIMIT_S = 20


class Zipkin:
    """Its process. Spans of a trace that come again replace those that it has: they have the same ids."""

    def __init__(self, run: Run, java: Java, jar: Path, bootstrap: str, topic: str) -> None:
        if java.version < MIN_JAVA:
            raise Failure(f"Zipkin runs on Java {MIN_JAVA} and above, and this is {java}: put a newer one into PATH")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = run.log / "zipkin.out"
        server = {
            "armeria.ports[0].ip": "127.0.0.1",
            "armeria.ports[0].port": str(port),
            "armeria.ports[0].protocols[0]": "http",
            # Its UI is one large script. On a busy machine, compressing it takes longer than an answer may.
            "armeria.compression.enabled": "false",
            "zipkin.query.timeout": "60s",
            "zipkin.storage.type": "mem",
            "zipkin.collector.kafka.bootstrap-servers": bootstrap,
            "zipkin.collector.kafka.topic": topic,
            # What a failed attempt wrote is not for its eyes.
            "zipkin.collector.kafka.overrides.isolation.level": "read_committed",
        }
        options = [f"-D{name}={value}" for name, value in server.items()]
        command = words(java.command, "-Xmx256m", *options, "-jar", jar)
        self._child: Child = run.children.start_logged(command, self._log)

    def await_start(self) -> None:
        """Raises `Failure` where it does not answer in time."""
        if not wait_until(lambda: self._is_healthy(), START_LIMIT_S, self._child.is_alive):
            self._fail(f"Zipkin did not start within {START_LIMIT_S} s")

    def check_alive(self) -> None:
        if not self._child.is_alive():
            self._fail("Zipkin has ended")

    def get(self, path: str, parameters: Mapping[str, str | int] | None = None) -> object:
        """What its API answers, as JSON."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        with urllib.request.urlopen(f"{self.url}/api/v2/{path}{query}", timeout=ANSWER_LIMIT_S) as answer:
            return json.load(answer)

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=ANSWER_LIMIT_S):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _fail(self, what: str) -> None:
        show_tail([self._log])
        raise Failure(f"{what}: see above")
