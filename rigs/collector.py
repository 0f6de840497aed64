"""An OpenTelemetry Collector that reads spans from Kafka, by the configuration of `deploy/otel`."""

from __future__ import annotations

from pathlib import Path

from rigs.messages import Failure, show_tail
from rigs.processes import Child, words
from rigs.runs import ROOT, Run

CONFIGURATION = ROOT / "deploy" / "otel" / "collector.yaml"


class Collector:
    """Its process. It opens no port. `endpoint` is where it hands spans to, by OTLP over HTTP."""

    def __init__(self, run: Run, binary: Path, bootstrap: str, topic: str, encoding: str, endpoint: str) -> None:
        self._what = f"the OpenTelemetry Collector on {topic}"
        self._log = run.log / f"collector-{topic}.out"
        environment = {
            "KAFKA_BOOTSTRAP": bootstrap,
            "KAFKA_SPANS_TOPIC": topic,
            "SPANS_ENCODING": encoding,
            # Each reads a topic of its own.
            "COLLECTOR_GROUP_ID": f"collector-{topic}",
            "JAEGER_OTLP_ENDPOINT": endpoint,
        }
        command = words(binary, f"--config=file:{CONFIGURATION}")
        self._child: Child = run.children.start_logged(command, self._log, environment)

    def is_alive(self) -> bool:
        return self._child.is_alive()

    def check_alive(self) -> None:
        """Raises `Failure` where it has ended: it does so by itself only where it does not like something."""
        if not self.is_alive():
            self.fail("has ended")

    def fail(self, why: str) -> None:
        """Raises `Failure`, and shows what it said last."""
        show_tail([self._log])
        raise Failure(f"{self._what} {why}: see above")
