"""A Jaeger that keeps traces in memory, of which only its API is used; on the loopback only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Sequence

from rigs.flink.fields import Object, as_text
from rigs.messages import Failure, show_tail
from rigs.ports import free_port
from rigs.processes import Child, wait_until
from rigs.runs import Run

# All that it listens on: without these, on all addresses.
LISTENERS = (
    "admin.http",
    "collector.grpc-server",
    "collector.http-server",
    "collector.otlp.grpc",
    "collector.otlp.http",
    "collector.zipkin",
    "query.grpc-server",
    "query.http-server",
)
START_LIMIT_S = 120
ANSWER_LIMIT_S = 20


class Jaeger:
    """Its process."""

    def __init__(self, run: Run, binary: Path) -> None:
        addresses = dict(zip(LISTENERS, _addresses(len(LISTENERS))))
        self._log = run.log / "jaeger.out"
        # `otlp` is where it takes spans.
        self.otlp, self._query = (f"http://{addresses[name]}" for name in ("collector.otlp.http", "query.http-server"))
        options = [f"--{name}.host-port={address}" for name, address in addresses.items()]
        self._child: Child = run.children.start_logged([binary, *options], self._log)

    def await_start(self) -> None:
        """Raises `Failure` where it does not answer in time."""
        if not wait_until(lambda: self.get("services") is not None, START_LIMIT_S, self._child.is_alive):
            show_tail([self._log])
            raise Failure(f"Jaeger did not start within {START_LIMIT_S} s: see above")

    def trace(self, chain: Object) -> object:
        """What it has of the trace of a chain."""
        return self.get(f"traces/{as_text(chain.get('trace_id'))}") or {}

    def get(self, path: str) -> object:
        """What its API answers; None where it has nothing, or is not up yet."""
        try:
            with urllib.request.urlopen(f"{self._query}/api/{path}", timeout=ANSWER_LIMIT_S) as answer:
                return json.load(answer)
        except (urllib.error.URLError, OSError):
            return None


def _addresses(number: int) -> Sequence[str]:
    ports: set[int] = set()
    while len(ports) < number:
        ports.add(free_port())
    return [f"127.0.0.1:{port}" for port in sorted(ports)]
