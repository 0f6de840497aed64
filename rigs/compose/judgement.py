"""What is wrong with a compose file, its images and its containers, one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from rigs.flink.fields import Object, as_number, as_object, as_objects, as_text

LOOPBACK = "127.0.0.1"
FLINK_USER = "9999:9999"
REPORTER = "org.apache.flink.metrics.prometheus.PrometheusReporter"
# What an image may have besides the jar.
SLACK_BYTES = 64 * 1024


def config_complaints(config: Object, without_end: Sequence[str], unwatched: Sequence[str] = ()) -> list[str]:
    """Of `docker compose config --format json`; `without_end` are the services that do not end by themselves,
    `unwatched` those of them whose images have nothing to ask how they are."""
    complaints = []
    for name, value in as_object(config.get("services")).items():
        service = as_object(value)
        image = as_text(service.get("image")) or ""
        if not is_pinned(image):
            complaints.append(f"{name}: the image '{image}' has no fixed version")
        for port in as_objects(service.get("ports")):
            if port.get("host_ip") != LOOPBACK:
                complaints.append(f"{name}: port {port.get('published')} is open to other machines")
        if name in without_end and name not in unwatched and not service.get("healthcheck"):
            complaints.append(f"{name}: there is no health check")
        if name in without_end and service.get("restart") != "unless-stopped":
            complaints.append(f"{name}: it is not started again after a failure")
    return complaints


def is_pinned(image: str) -> bool:
    """Whether it names one version.

    >>> is_pinned("apache/kafka:3.9.1"), is_pinned("apache/kafka"), is_pinned("localhost:5000/kafka:latest")
    (True, False, False)
    """
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag not in ("", "latest")


@dataclass(frozen=True)
class Container:
    """One line of `docker compose ps --all --format json`."""

    service: str
    state: str
    health: str
    exit_code: int | None

    @staticmethod
    def read(value: object) -> Container:
        line = as_object(value)
        service, state, health = (as_text(line.get(name)) or "" for name in ("Service", "State", "Health"))
        return Container(service, state, health, as_number(line.get("ExitCode")))

    @property
    def is_healthy(self) -> bool:
        """Of one without a health check, that it runs."""
        return self.state == "running" and self.health in ("healthy", "")

    @property
    def is_done(self) -> bool:
        return self.state == "exited" and self.exit_code == 0


def container_complaints(containers: Sequence[Container], running: Sequence[str], ended: Sequence[str]) -> list[str]:
    """`running` are to be healthy, `ended` to have succeeded."""
    complaints = []
    for service in (*running, *ended):
        found = [container for container in containers if container.service == service]
        if not found:
            complaints.append(f"{service}: there is no container")
        for container in found:
            if not (container.is_healthy if service in running else container.is_done):
                complaints.append(f"{service}: {container.state} {container.health or container.exit_code}")
    return complaints


def image_complaints(image: object, base: object, jar_bytes: int) -> list[str]:
    """Of `docker image inspect`: that of the job beside the one that it is built from."""
    ours, theirs = as_object(image), as_object(base)
    complaints = []
    config = as_object(ours.get("Config"))
    if config.get("User") != FLINK_USER:
        complaints.append(f"it runs as '{config.get('User')}', not as {FLINK_USER}")
    if config.get("Env") != as_object(theirs.get("Config")).get("Env"):
        complaints.append("it has an environment of its own")
    added = (as_number(ours.get("Size")) or 0) - (as_number(theirs.get("Size")) or 0)
    if added > jar_bytes + SLACK_BYTES:
        complaints.append(f"it adds {added} bytes to Flink's image, and the jar has {jar_bytes}")
    return complaints


def dashboards_folder(provider: str) -> str | None:
    """Where a file of Grafana's provisioning/dashboards looks for dashboards.

    >>> dashboards_folder("providers:\\n- options:\\n    path: /var/lib/grafana/dashboards\\n")
    '/var/lib/grafana/dashboards'
    """
    for line in provider.splitlines():
        name, colon, value = line.strip().partition(":")
        if name == "path" and colon:
            return value.strip().strip("\"'")
    return None


def running_jobs(overview: object) -> list[str]:
    """The ids of the jobs of /jobs/overview that run."""
    jobs = as_objects(as_object(overview).get("jobs"))
    return [as_text(job.get("jid")) or "" for job in jobs if job.get("state") == "RUNNING"]


def parallelisms(job: object) -> list[int]:
    """Of the vertices of /jobs/ID.

    >>> parallelisms({"vertices": [{"parallelism": 4}, {"parallelism": 1}]})
    [4, 1]
    """
    vertices = as_objects(as_object(job).get("vertices"))
    return [as_number(vertex.get("parallelism")) or 0 for vertex in vertices]


def targets_up(targets: object) -> dict[str, int]:
    """How many of each job's targets Prometheus reaches, of /api/v1/targets."""
    up: dict[str, int] = {}
    for target in as_objects(as_object(as_object(targets).get("data")).get("activeTargets")):
        name = as_text(as_object(target.get("labels")).get("job")) or ""
        up[name] = up.get(name, 0) + (target.get("health") == "up")
    return up


def span_ids(trace: object) -> set[str]:
    """Of a trace in Zipkin's JSON.

    >>> sorted(span_ids([{"id": "b"}, {"id": "a"}])), span_ids(None)
    (['a', 'b'], set())
    """
    return {name for span in as_objects(trace) if (name := as_text(span.get("id")))}


def jaeger_span_ids(answer: object) -> set[str]:
    """Of what Jaeger's API says of a trace.

    >>> sorted(jaeger_span_ids({"data": [{"spans": [{"spanID": "b"}, {"spanID": "a"}]}]})), jaeger_span_ids(None)
    (['a', 'b'], set())
    """
    spans = [span for trace in as_objects(as_object(answer).get("data")) for span in as_objects(trace.get("spans"))]
    return {name for span in spans if (name := as_text(span.get("spanID")))}
