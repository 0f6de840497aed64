"""What Flink's REST interface says, as far as the rigs want to know it."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.flink.fields import as_number, as_object, as_objects, as_text

FAILURE_LINES = 8


@dataclass(frozen=True)
class Job:
    """`state` is RUNNING, RESTARTING, FAILED and so on; None where Flink does not say."""

    state: str | None
    vertices: tuple[str, ...]
    last_start_ms: int | None

    @property
    def is_over(self) -> bool:
        return self.state in (None, "CANCELED", "FAILED", "FINISHED")

    @staticmethod
    def read(value: object) -> Job:
        """Of /jobs/ID. The start of a vertex is -1 until it has one."""
        job = as_object(value)
        vertices = as_objects(job.get("vertices"))
        starts = [as_number(part.get("start-time")) for part in (job, *vertices)]
        known = [start for start in starts if start is not None and start >= 0]
        ids = (as_text(vertex.get("id")) for vertex in vertices)
        return Job(
            state=as_text(job.get("state")),
            vertices=tuple(name for name in ids if name),
            last_start_ms=max(known) if known else None,
        )


NO_JOB = Job(state=None, vertices=(), last_start_ms=None)


@dataclass(frozen=True)
class Checkpoint:
    """A completed one; what Flink does not say is None."""

    id: int | None
    began_ms: int | None
    took_ms: int | None
    written_bytes: int | None
    path: str | None = None

    @staticmethod
    def read_last(value: object) -> Checkpoint | None:
        """The last completed one of /jobs/ID/checkpoints; None before the first."""
        completed = as_object(as_object(as_object(value).get("latest")).get("completed"))
        if not completed:
            return None
        return Checkpoint(
            id=as_number(completed.get("id")),
            began_ms=as_number(completed.get("trigger_timestamp")),
            took_ms=as_number(completed.get("end_to_end_duration")),
            written_bytes=as_number(completed.get("state_size")),
            path=as_text(completed.get("external_path")),
        )


def began_after(checkpoint: Checkpoint | None, ms: int) -> bool:
    """Whether it shows that all was well after that time: it needs every task."""
    return checkpoint is not None and (checkpoint.began_ms or 0) > ms


def restored_from(checkpoints: object) -> str | None:
    """The folder of the checkpoint or savepoint that a job began with, of /jobs/ID/checkpoints."""
    restored = as_object(as_object(as_object(checkpoints).get("latest")).get("restored"))
    return as_text(restored.get("external_path"))


def read_failure(value: object) -> list[str]:
    """The first lines of why the job failed last, without stack frames, of /jobs/ID/exceptions."""
    text = as_text(as_object(value).get("root-exception")) or ""
    lines = [line for line in text.replace("\t", "    ").splitlines() if line and not line.startswith(" ")]
    return lines[:FAILURE_LINES]


def read_free_slots(value: object) -> int:
    """Of /overview."""
    return as_number(as_object(value).get("slots-available")) or 0


def read_taskmanager_ports(value: object) -> list[int]:
    """The RPC ports of the TaskManagers that have subtasks of a vertex, of /jobs/ID/vertices/ID.

    Flink calls a TaskManager by its address and RPC port, unless it is given a name; a subtask that is
    not placed yet has "(unassigned)".
    """
    addresses = (name.rpartition("-")[0] for name in read_taskmanagers(value))
    ports = (as_number(address.rpartition(":")[2]) for address in addresses)
    return [port for port in ports if port is not None]


def read_taskmanagers(value: object) -> list[str]:
    """What Flink calls those that have subtasks of a vertex, of /jobs/ID/vertices/ID.

    >>> read_taskmanagers({"subtasks": [{"taskmanager-id": "a"}, {"taskmanager-id": "b"}, {}]})
    ['a', 'b']
    """
    names = (as_text(subtask.get("taskmanager-id")) for subtask in as_objects(as_object(value).get("subtasks")))
    return [name for name in names if name]


def read_ids(value: object) -> list[str]:
    """Of a list of metrics."""
    return [name for item in as_objects(value) if (name := as_text(item.get("id")))]


def read_running_jobs(value: object) -> list[str]:
    """The ids of those that are not over, of /jobs/overview.

    >>> read_running_jobs({"jobs": [{"jid": "a", "state": "RUNNING"}, {"jid": "b", "state": "FINISHED"}]})
    ['a']
    """
    jobs = as_objects(as_object(value).get("jobs"))
    return [as_text(job.get("jid")) or "" for job in jobs if not Job.read(job).is_over]


def read_parallelism(value: object) -> int:
    """That of the widest vertex, of /jobs/ID.

    >>> read_parallelism({"vertices": [{"parallelism": 1}, {"parallelism": 3}]}), read_parallelism(None)
    (3, 0)
    """
    vertices = as_objects(as_object(value).get("vertices"))
    return max((as_number(vertex.get("parallelism")) or 0 for vertex in vertices), default=0)
