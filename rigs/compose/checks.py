"""What is checked, step by step, on an engine that has the images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Sequence

from rigs.compose.engine import Engine
from rigs.compose.images import FLINK, OURS
from rigs.compose.judgement import (
    config_complaints,
    dashboards_folder,
    image_complaints,
    jaeger_span_ids,
    parallelisms,
    running_jobs,
    span_ids,
    targets_up,
)
from rigs.compose.stack import JAEGER, RUNNING, UNWATCHED, Stack
from rigs.flink.fields import as_number, as_object, as_objects, as_text
from rigs.flink.model import restored_from
from rigs.messages import Failure, say, step
from rigs.run.live import CHAIN_START, is_linked
from rigs.runs import ROOT

VOLUMES = ["callweave_checkpoints", "callweave_grafana", "callweave_kafka", "callweave_prometheus"]
RECORDS = 300
# Of a chain in Zipkin's JSON.
SPANS_START = '[{"traceId":'
VERIFY_LIMIT_S = 300


class Checks:
    """`command` is a `callweave` of this machine. `has_jaeger`: there are images for the profile of Jaeger."""

    def __init__(self, engine: Engine, jar: Path, command: Path, has_jaeger: bool) -> None:
        self._engine = engine
        self._stack = Stack(engine, has_jaeger)
        self._has_jaeger = has_jaeger
        self._jar = jar
        self._command = command

    def run_all(self) -> None:
        """Raises `Failure` at the first that does not hold."""
        self.check_file()
        self.check_image()
        try:
            self.check_start()
            self.check_results()
            self.check_reach()
            self.check_standalone_job()
            self.check_scale()
            self.check_second_start()
            self.check_rescale()
            self.check_restart()
            self.check_end()
            self.check_result()
        except Failure:
            self._stack.show_logs()
            raise

    def check_file(self) -> None:
        step("docker compose config")
        self._engine.do(self._engine.compose("config", "--quiet"))
        _refuse(config_complaints(as_object(self._stack.config()), (*RUNNING, *JAEGER), UNWATCHED))
        for provider in (ROOT / "deploy/grafana/provisioning/dashboards").glob("*.y*ml"):
            if dashboards_folder(provider.read_text()) != "/var/lib/grafana/dashboards":
                raise Failure(f"{provider} looks for dashboards where none are mounted")

    def check_image(self) -> None:
        step("The image of Dockerfile.flink")
        image = OURS["flink"]
        _refuse(image_complaints(self._engine.inspect(image), self._engine.inspect(FLINK), self._jar.stat().st_size))
        say(self._engine.ask(self._engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.Size}}")))
        say(self._engine.ask(self._engine.docker("history", "--format", "{{.Size}}\t{{.CreatedBy}}", image)))
        run = self._engine.docker("run", "--rm", image)
        say(self._engine.ask([*run, "bash", "-c", "id; ls -ln usrlib; tail -2 conf/flink-conf.yaml"]))

    def check_start(self) -> None:
        step(f"docker compose --profile demo {'--profile jaeger ' if self._has_jaeger else ''}up -d")
        self._stack.up()
        say(self._stack.table())
        self._await_job()

    def check_results(self) -> None:
        step("Linked calls and chains come out")
        self._await_records("linked-topic", is_linked)
        self._await_records("chains-topic", lambda line: line.startswith(CHAIN_START))
        spans = self._await_records("zipkin", lambda line: line.startswith(SPANS_START))
        self._await_trace(json.loads(spans))
        show = ["show", "kafka:chains-topic", "--slowest", "1", "--rows", "12"]
        say(self._engine.ask(self._engine.compose("run", "--rm", "-T", "callweave", *show)))

    def check_reach(self) -> None:
        step("From outside: Kafka, Flink, Prometheus, Grafana, Zipkin and Jaeger on the loopback")
        show = ["show", "kafka:chains-topic", "--bootstrap", "localhost:9092", "--slowest", "1"]
        self._engine.ask(self._engine.inside(self._command, *show))
        urls = ("8081/overview", "9090/-/healthy", "3000/api/health", "9411/health")
        for url in (*urls, "16686/api/services") if self._has_jaeger else urls:
            self._engine.ask(self._engine.inside("curl", "-fsS", f"http://127.0.0.1:{url}"))
        self._await_targets(2)

    def check_standalone_job(self) -> None:
        step("The image as standalone-job")
        name = "callweave-standalone"
        job = ["--bootstrap", "kafka:29092", "--group-id", "other", "--output-topic", "other-linked"]
        job += ["--chains-topic", "other-chains", "--rejects-topic", "other-rejected"]
        run = ["run", "--detach", "--name", name, "--network", "callweave_default", OURS["flink"]]
        self._engine.do(self._engine.docker(*run, "standalone-job", *job))
        asks = self._engine.docker("exec", name, "curl", "-fsS", "http://localhost:8081/jobs/overview")

        def has_job() -> bool:
            return '"name":"callweave"' in (self._engine.try_to_ask(asks) or "")

        def log() -> str:
            return "no job: " + self._engine.ask(self._engine.docker("logs", "--tail", "20", name))

        self._stack.await_that(has_job, log)
        self._engine.do(self._engine.docker("rm", "--force", name))

    def check_scale(self) -> None:
        step("docker compose up -d --scale taskmanager=2")
        self._stack.up("--scale", "taskmanager=2")
        say(self._stack.table())

        def slots() -> tuple[int | None, int | None]:
            overview = as_object(self._stack.flink("/overview"))
            return as_number(overview.get("taskmanagers")), as_number(overview.get("slots-total"))

        self._stack.await_that(lambda: slots() == (2, 4), lambda: f"TaskManagers and slots are {slots()}")
        self._await_targets(3)

    def check_second_start(self) -> None:
        step("A second up submits no second job")
        before = self._await_job()
        self._stack.up("--scale", "taskmanager=2")
        if running_jobs(self._stack.flink("/jobs/overview")) != [before]:
            raise Failure(f"another job runs than {before}")

    def check_rescale(self) -> None:
        step("flink stop, and up with another parallelism, goes on from the savepoint")
        before = self._await_job()
        self._engine.do(self._engine.compose("exec", "-T", "jobmanager", "flink", "stop", before))
        self._stack.up("--scale", "taskmanager=2", CALLWEAVE_PARALLELISM="4")
        job = self._await_job()
        folder = restored_from(self._stack.flink(f"/jobs/{job}/checkpoints")) or ""
        if "/checkpoints/savepoints/" not in folder:
            raise Failure(f"the job did not go on from the savepoint, but from '{folder}'")
        widths = parallelisms(self._stack.flink(f"/jobs/{job}"))
        if max(widths, default=0) != 4:
            raise Failure(f"the parallelism is not 4: {widths}")
        say(f"went on from {folder}; subtasks of the operators: {widths}")

    def check_restart(self) -> None:
        step("The JobManager is killed and started again; up submits the job from its last checkpoint")
        before = self._await_job()
        self._await_checkpoint(before)
        self._stack.kill("jobmanager")
        self._stack.await_that(lambda: self._jobs() == [], lambda: "the JobManager still knows its job")
        self._stack.await_no_complaint()
        self._stack.up()
        self._say_restored(before)

    def check_end(self) -> None:
        step("down leaves volumes alone; up goes on")
        before = self._await_job()
        self._await_checkpoint(before)
        self._stack.down()
        self._expect_volumes_alone()
        self._stack.up()
        self._say_restored(before)

    def check_result(self) -> None:
        step("Nothing is lost and nothing written twice")
        self._stack.stop("simulator")
        verify = ["verify", "--wait", "--timeout", str(VERIFY_LIMIT_S)]
        say(self._engine.ask(self._engine.compose("run", "--rm", "-T", "callweave", *verify)))
        self._stack.down()

    def _jobs(self) -> list[str] | None:
        """None where the JobManager does not answer."""
        overview = self._stack.flink("/jobs/overview")
        return None if overview is None else running_jobs(overview)

    def _await_job(self) -> str:
        self._stack.await_that(lambda: len(self._jobs() or []) == 1, lambda: f"running jobs: {self._jobs()}")
        return (self._jobs() or [""])[0]

    def _await_checkpoint(self, job: str) -> None:
        def completed() -> int | None:
            counts = as_object(as_object(self._stack.flink(f"/jobs/{job}/checkpoints")).get("counts"))
            return as_number(counts.get("completed"))

        self._stack.await_that(lambda: (completed() or 0) > 0, lambda: "no checkpoint is completed")

    def _say_restored(self, before: str) -> None:
        job = self._await_job()
        folder = restored_from(self._stack.flink(f"/jobs/{job}/checkpoints")) or ""
        if before not in folder:
            raise Failure(f"the job did not go on from a checkpoint of {before}, but from '{folder}'")
        say(f"went on from {folder}")

    def _await_records(self, topic: str, is_wanted: Callable[[str], bool]) -> str:
        """The first of them that is."""
        found: list[str] = []

        def has_some() -> bool:
            found.extend(line for line in self._stack.read_topic(topic, RECORDS) if is_wanted(line))
            return bool(found)

        self._stack.await_that(has_some, lambda: f"nothing comes into {topic}")
        say(f"{topic}: {found[0][:300]}")
        return found[0]

    def _await_trace(self, written: object) -> None:
        """Until Zipkin has the spans of a chain, as they are in the topic, and Jaeger, too."""
        wanted = span_ids(written)
        trace = as_text(as_objects(written)[0].get("traceId")) or ""
        stores = {"Zipkin": lambda: span_ids(self._stack.zipkin(f"/trace/{trace}"))}
        if self._has_jaeger:
            stores["Jaeger"] = lambda: jaeger_span_ids(self._stack.jaeger(f"/traces/{trace}"))
        for name, found in stores.items():
            self._await_spans(name, trace, found, wanted)

    def _await_spans(self, name: str, trace: str, found: Callable[[], set[str]], wanted: set[str]) -> None:
        self._stack.await_that(
            lambda: found() == wanted, lambda: f"{name} has the spans {found()} of {trace}, not {wanted}"
        )
        say(f"{name} has the {len(wanted)} spans of the trace {trace}")

    def _await_targets(self, number: int) -> None:
        """Of Prometheus: each part of the cluster is one."""

        def reached() -> dict[str, int]:
            return targets_up(self._stack.prometheus("/api/v1/targets"))

        self._stack.await_that(lambda: sum(reached().values()) == number, lambda: f"Prometheus reaches {reached()}")
        say(f"Prometheus reaches {reached()}")

    def _expect_volumes_alone(self) -> None:
        left = self._lines("ps", "--all", "--format", "{{.Names}}")
        networks = [name for name in self._lines("network", "ls", "--format", "{{.Name}}") if "callweave" in name]
        volumes = sorted(name for name in self._lines("volume", "ls", "--quiet") if name.startswith("callweave_"))
        if left or networks:
            raise Failure(f"down left {left + networks}")
        if volumes != VOLUMES:
            raise Failure(f"the volumes are {volumes}")
        say(f"left: {', '.join(volumes)}")

    def _lines(self, *command: str) -> list[str]:
        return self._engine.ask(self._engine.docker(*command)).split()


def _refuse(complaints: Sequence[str]) -> None:
    if complaints:
        raise Failure("; ".join(complaints))
