"""A job on a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

from rigs.flink.cluster import Cluster
from rigs.flink.metrics import Metrics
from rigs.flink.model import Checkpoint, Job, began_after
from rigs.messages import Failure, show_tail, warn
from rigs.processes import Argument, wait_until
from rigs.runs import Run

JOB_ID = re.compile("JobID ([0-9a-f]{32})")
SAVEPOINT = re.compile("^Savepoint completed. Path: (.*)$", re.MULTILINE)
STACK_FRAME = re.compile(r"\s*(at |\.\.\. )")
CANCEL_LIMIT_S = 15


@dataclass(frozen=True)
class RunningJob:
    """One that the cluster has taken, whatever has become of it."""

    cluster: Cluster
    id: str

    def look(self) -> Job:
        return self.cluster.rest.job(self.id)

    def metrics(self) -> Metrics:
        return self.cluster.rest.metrics(self.id)

    def restarts(self) -> int | None:
        """How often it was started again after a failure; None where nobody tells."""
        return self.cluster.rest.restarts(self.id)

    def failure(self, lines: int = 3) -> str:
        """Why it failed last, in one line."""
        return " ".join(self.cluster.rest.failure(self.id)[:lines])

    def restored_from(self) -> str | None:
        """The checkpoint or savepoint that it has begun with, or gone back to last."""
        return self.cluster.rest.restored_from(self.id)

    def last_checkpoint(self) -> Checkpoint | None:
        return self.cluster.rest.last_checkpoint(self.id)

    def await_checkpoint_since(self, ms: int, limit_s: float, while_true: Callable[[], bool]) -> bool:
        """Until one is through that began after that. False, and the reason said, where the job fails, the
        time is up, or `while_true` ceases to hold."""

        def is_decided() -> bool:
            return began_after(self.last_checkpoint(), ms) or self.look().state == "FAILED"

        wait_until(is_decided, limit_s, while_true)
        if began_after(self.last_checkpoint(), ms):
            return True
        warn(f"the job is {self.look().state or 'not known to Flink'}: {self.failure()}")
        return False

    def cancel(self) -> None:
        """Gives back what it holds in Kafka; waits until it is through."""
        if self.cluster.rest.cancel(self.id):
            wait_until(lambda: self.look().is_over, CANCEL_LIMIT_S)

    def stop(self) -> str:
        """With a savepoint, whose address is returned. Raises `Failure` where there is none."""
        output = self.cluster.log / "stop.out"
        if not self.cluster.client(["stop", self.id], output):
            show_tail([output])
            raise Failure("flink stop failed: see above")
        match = SAVEPOINT.search(output.read_text(errors="replace"))
        if match is None:
            raise Failure(f"flink stop named no savepoint: see {output}")
        return match.group(1)

    @property
    def checkpoints(self) -> Path:
        """The folder of what it retains."""
        return self.cluster.folder / "checkpoints" / self.id

    def retained_bytes(self) -> int | None:
        """All that the last checkpoint consists of, also what earlier ones have written."""
        return folder_bytes(self.checkpoints)


def submit(run: Run, cluster: Cluster, arguments: Sequence[Argument]) -> RunningJob:
    """As `flink run -d ARGUMENTS` does. Raises `Failure` where Flink does not take it, and says why."""
    output = run.log / "submit.out"
    taken = cluster.client(["run", "-d", *arguments], output)
    said = output.read_text(errors="replace")
    if not taken:
        warn("\n".join(line for line in said.splitlines() if not STACK_FRAME.match(line)))
        raise Failure("Flink did not take the job: see above")
    match = JOB_ID.search(said)
    if match is None:
        raise Failure(f"Flink took the job but named no id: see {output}")
    return RunningJob(cluster, match.group(1))


def folder_bytes(folder: Path) -> int | None:
    """All files in it, while others may come and go; None where there is no folder."""
    if not folder.is_dir():
        return None
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total


def restart_complaint(restarts: int | None, failure: str) -> str | None:
    """What is wrong with a job that should never have been restarted.

    >>> restart_complaint(0, ""), restart_complaint(None, "why")
    (None, 'the job was restarted an unknown number of times: why')
    """
    if restarts == 0:
        return None
    return f"the job was restarted {'an unknown number of' if restarts is None else restarts} times: {failure}"
