"""Flink's REST interface. What does not answer within seconds is None: the caller asks again."""

from __future__ import annotations

import http.client
import json
import urllib.parse
import urllib.request
from typing import Callable, Mapping

from rigs.flink.fields import as_number, as_objects, as_text
from rigs.flink.metrics import Metrics, add_up, read_aggregates, wanted
from rigs.flink.model import (
    NO_JOB,
    Checkpoint,
    Job,
    read_failure,
    read_free_slots,
    read_ids,
    read_parallelism,
    read_running_jobs,
    read_taskmanager_ports,
    read_taskmanagers,
    restored_from,
)

TIMEOUT_S = 5
HEAP = "Status.JVM.Memory.Heap.Used"
NON_HEAP = "Status.JVM.Memory.NonHeap.Used"
DIRECT = "Status.JVM.Memory.Direct.MemoryUsed"

Fetch = Callable[[str], object]


class Rest:
    """A cluster at `url`. Each question is one request or, for metrics, two for each vertex."""

    def __init__(self, url: str, fetch: Fetch | None = None) -> None:
        self.url = url
        # The cluster is on this machine: a proxy of the environment has no part in it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._get = fetch or self._fetch

    def answers(self) -> bool:
        return self._get("/overview") is not None

    def free_slots(self) -> int:
        return read_free_slots(self._get("/overview"))

    def job(self, job: str) -> Job:
        found = self._get(f"/jobs/{job}")
        return NO_JOB if found is None else Job.read(found)

    def running_jobs(self) -> list[str]:
        """The ids of those that are not over."""
        return read_running_jobs(self._get("/jobs/overview"))

    def parallelism(self, job: str) -> int:
        """That of its widest operator; 0 where nobody tells."""
        return read_parallelism(self._get(f"/jobs/{job}"))

    def failure(self, job: str) -> list[str]:
        return read_failure(self._get(f"/jobs/{job}/exceptions"))

    def last_checkpoint(self, job: str) -> Checkpoint | None:
        return Checkpoint.read_last(self._get(f"/jobs/{job}/checkpoints"))

    def restored_from(self, job: str) -> str | None:
        return restored_from(self._get(f"/jobs/{job}/checkpoints"))

    def restarts(self, job: str) -> int | None:
        """How often the job was started again after a failure; None where nobody tells."""
        for metric in as_objects(self._get(f"/jobs/{job}/metrics?get=numRestarts")):
            return as_number(metric.get("value"))
        return None

    def metrics(self, job: str) -> Metrics:
        return add_up(self._vertex_metrics(job, vertex) for vertex in self.job(job).vertices)

    def taskmanager_ports(self, job: str) -> list[int]:
        """The RPC ports of those that have tasks of the job."""
        vertices = self.job(job).vertices
        return [port for id in vertices for port in read_taskmanager_ports(self._get(f"/jobs/{job}/vertices/{id}"))]

    def taskmanagers(self, job: str) -> set[str]:
        """The names of those that have tasks of the job."""
        vertices = self.job(job).vertices
        return {name for id in vertices for name in read_taskmanagers(self._get(f"/jobs/{job}/vertices/{id}"))}

    def source_is_pressed(self, job: str, parallelism: int) -> bool:
        """A subtask of the source waits for those behind it."""
        vertices = self.job(job).vertices
        if not vertices:
            return False
        names = ",".join(f"{subtask}.isBackPressured" for subtask in range(parallelism))
        metrics = as_objects(self._get(f"/jobs/{job}/vertices/{vertices[0]}/metrics?get={names}"))
        return any(metric.get("value") == "true" for metric in metrics)

    def taskmanager_memory(self) -> Mapping[str, int]:
        """Of the cluster's one TaskManager, in bytes, by `HEAP`, `NON_HEAP` and `DIRECT`."""
        found: dict[str, int] = {}
        taskmanagers = self._get("/taskmanagers")
        listed = as_objects(taskmanagers.get("taskmanagers")) if isinstance(taskmanagers, dict) else []
        for taskmanager in listed[:1]:
            names = ",".join((HEAP, NON_HEAP, DIRECT))
            for metric in as_objects(self._get(f"/taskmanagers/{taskmanager.get('id')}/metrics?get={names}")):
                name, value = as_text(metric.get("id")), as_number(metric.get("value"))
                if name is not None and value is not None:
                    found[name] = value
        return found

    def cancel(self, job: str) -> bool:
        """Whether the cluster took it."""
        request = urllib.request.Request(f"{self.url}/jobs/{job}?mode=cancel", method="PATCH")
        return self._open(request) is not None

    def _vertex_metrics(self, job: str, vertex: str) -> list[tuple[str, int]]:
        path = f"/jobs/{job}/vertices/{vertex}/subtasks/metrics"
        ids = wanted(read_ids(self._get(path)))
        if not ids:
            return []
        query = urllib.parse.urlencode({"get": ",".join(ids), "agg": "sum,max"})
        return read_aggregates(self._get(f"{path}?{query}"))

    def _fetch(self, path: str) -> object:
        body = self._open(urllib.request.Request(self.url + path))
        if body is None:
            return None
        try:
            return json.loads(body)
        except ValueError:
            return None

    def _open(self, request: urllib.request.Request) -> bytes | None:
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as response:
                return bytes(response.read())
        except (OSError, ValueError, http.client.HTTPException):
            return None
