"""The containers of docker-compose.yml, as one asks them."""

from __future__ import annotations

import json
import re
from typing import Callable, Iterator

from rigs.compose.engine import Engine
from rigs.compose.judgement import Container, container_complaints
from rigs.messages import Failure, say
from rigs.processes import wait_until

RUNNING = ("kafka", "jobmanager", "taskmanager", "prometheus", "grafana", "zipkin")
ENDED = ("topics", "submit")
JAEGER = ("jaeger", "collector")
# In the collector's image is nothing but itself.
UNWATCHED = ("collector",)
ALL_PROFILES = ("--profile", "demo", "--profile", "jaeger")
UP_LIMIT_S = 600
POLL_S = 3


class Stack:
    """One project of Compose, with the profile of Jaeger where there are images for it."""

    def __init__(self, engine: Engine, has_jaeger: bool) -> None:
        self._engine = engine
        self._profiles = ALL_PROFILES if has_jaeger else ALL_PROFILES[:2]
        self._running = (*RUNNING, *JAEGER, "simulator") if has_jaeger else (*RUNNING, "simulator")

    def config(self) -> object:
        value: object = json.loads(self._engine.ask(self._engine.compose(*ALL_PROFILES, "config", "--format", "json")))
        return value

    def up(self, *options: str, **environment: str) -> None:
        """Waits until all is healthy, and what ends by itself has succeeded."""
        changed = [f"{name}={value}" for name, value in environment.items()]
        self._engine.do(
            ["env", *changed, *self._engine.compose(*self._profiles, "up", "--detach", "--no-build", *options)]
        )
        self.await_no_complaint()

    def await_no_complaint(self) -> None:
        self.await_that(lambda: not self.complaints(), lambda: "; ".join(self.complaints()))

    def await_that(self, condition: Callable[[], bool], why_not: Callable[[], str]) -> None:
        """Raises `Failure` with the reason where it does not come to hold."""
        if not wait_until(condition, UP_LIMIT_S, poll_s=POLL_S):
            raise Failure(why_not())

    def complaints(self) -> list[str]:
        return container_complaints(list(self._containers()), self._running, ENDED)

    def table(self) -> str:
        """As a person sees it."""
        return self._engine.ask(self._engine.compose(*self._profiles, "ps", "--all"))

    def down(self) -> None:
        self._engine.do(self._engine.compose(*self._profiles, "down"))

    def stop(self, service: str) -> None:
        self._engine.do(self._engine.compose(*self._profiles, "stop", service))

    def kill(self, service: str) -> None:
        """As a crash would, so that the restart policy holds: after `docker kill` it does not."""
        container = self._engine.ask(self._engine.compose("ps", "--quiet", service)).strip()
        inspect = self._engine.docker("inspect", "--format", "{{.State.Pid}}", container)
        self._engine.do(["kill", "-KILL", self._engine.ask(inspect).strip()])

    def flink(self, path: str) -> object:
        """An answer of Flink's REST interface; None where it does not answer."""
        return self._json("jobmanager", "curl", "-fsS", f"http://localhost:8081{path}")

    def prometheus(self, path: str) -> object:
        return self._json("prometheus", "wget", "-q", "-O", "-", f"http://localhost:9090{path}")

    def zipkin(self, path: str) -> object:
        """An answer of its API, from outside; None where it does not answer, or knows no such trace."""
        answer = self._engine.try_to_ask(self._engine.inside("curl", "-fsS", f"http://127.0.0.1:9411/api/v2{path}"))
        return _json(answer)

    def jaeger(self, path: str) -> object:
        """The same of Jaeger's API."""
        return _json(self._engine.try_to_ask(self._engine.inside("curl", "-fsS", f"http://127.0.0.1:16686/api{path}")))

    def read_topic(self, topic: str, records: int) -> list[str]:
        """So many records of it, or fewer where no more come within a minute."""
        reading = ["--topic", topic, "--from-beginning", "--max-messages", str(records), "--timeout-ms", "60000"]
        consumer = ["/opt/kafka/bin/kafka-console-consumer.sh", "--bootstrap-server", "kafka:29092", *reading]
        committed = ["--isolation-level", "read_committed"]
        return (self._exec("kafka", *consumer, *committed) or "").splitlines()

    def show_logs(self) -> None:
        """The end of each service's."""
        logs = self._engine.try_to_ask(self._engine.compose(*self._profiles, "logs", "--no-color", "--tail", "15"))
        say(logs or "there are no logs")

    def _json(self, service: str, *command: str) -> object:
        return _json(self._exec(service, *command))

    def _exec(self, service: str, *command: str) -> str | None:
        return self._engine.try_to_ask(self._engine.compose("exec", "-T", service, *command))

    def _containers(self) -> Iterator[Container]:
        lines = self._engine.ask(self._engine.compose(*self._profiles, "ps", "--all", "--format", "json"))
        for line in lines.splitlines():
            if re.match(r"\{", line):
                yield Container.read(json.loads(line))


def _json(answer: str | None) -> object:
    try:
        value: object = json.loads(answer or "null")
    except ValueError:
        return None
    return value
