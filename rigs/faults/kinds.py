"""The kinds of faults: one table, a function for each.

Each does the harm and starts again what would not come back by itself; whether the job has come through is
for the caller to see. It notes when the harm was done, and the job where it had to submit it anew.
"""

from __future__ import annotations

import random
import signal
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, Sequence

from rigs.faults.deal import next_parallelism
from rigs.flink.daemons import JOBMANAGER, TASKMANAGER, send
from rigs.flink.job import RunningJob
from rigs.messages import Failure
from rigs.trials import TestBed, now_ms

# A fault is overcome when a checkpoint is through that was begun after it.
RECOVERY_LIMIT_S = 300
HEARTBEAT_TIMEOUT_MS = 10_000
# How long a TaskManager is stopped: longer than the heartbeat's timeout.
FREEZE_S = 15
BROKER_AWAY_S = 60

# Longer than any pause of the load: clients that have lost the broker may wait 10 s before they try
# it again. A flush in between would make the calls that follow late, and rightly so.
IDLE_FLUSH_MS = 20_000
JOB_OPTIONS = ("--checkpoint-interval-ms", "2000", "--idle-flush-ms", str(IDLE_FLUSH_MS))


class Target:
    """The job of a round, with all that can be harmed."""

    def __init__(
        self,
        testbed: TestBed,
        chance: random.Random,
        taskmanagers: int,
        name: str,
        parallelism: int,
        outputs: Sequence[str] = (),
    ) -> None:
        self.testbed = testbed
        self.options = [*JOB_OPTIONS, *outputs]
        self.chance = chance
        self.taskmanagers = taskmanagers
        self.name = name
        self.parallelism = parallelism
        self.harmed_at_ms = now_ms()
        self.job = self.start_job()

    def start_job(self, savepoint: str | None = None) -> RunningJob:
        return self.testbed.run_job(self.name, self.parallelism, self.options, savepoint=savepoint)

    def mark_harm(self) -> None:
        self.harmed_at_ms = now_ms()

    def has_recovered(self) -> bool:
        """Waits for it; false, and the reason said, where it does not."""
        return self.testbed.await_checkpoint(self.job, self.harmed_at_ms, RECOVERY_LIMIT_S)

    def draw_working_taskmanager(self) -> int:
        """One that has tasks of the job."""
        pids = self.testbed.cluster.working_taskmanagers(self.job.id)
        if not pids:
            raise Failure(f"no TaskManager has a task of job {self.job.id}")
        return pids[int(self.chance.random() * len(pids))]


def kill_taskmanager(target: Target) -> None:
    cluster = target.testbed.cluster
    cluster.kill([target.draw_working_taskmanager()])
    target.mark_harm()
    # Not where a frozen one left one more.
    cluster.fill_taskmanagers(target.taskmanagers)


def kill_jobmanager(target: Target) -> None:
    cluster = target.testbed.cluster
    cluster.kill(cluster.pids(JOBMANAGER))
    target.mark_harm()
    cluster.start_jobmanager()


def kill_broker(target: Target) -> None:
    target.testbed.broker.kill()
    target.mark_harm()
    target.testbed.broker.bring_back()


def rescale(target: Target) -> None:
    target.mark_harm()
    savepoint = target.job.stop()
    target.parallelism = next_parallelism(target.parallelism)
    target.job = target.start_job(savepoint=savepoint)


def freeze_taskmanager(target: Target) -> None:
    """Its tasks go on elsewhere while it is frozen. Then it is back, and knows nothing of that."""
    cluster = target.testbed.cluster
    frozen = target.draw_working_taskmanager()
    if len(cluster.pids(TASKMANAGER)) <= target.taskmanagers:
        cluster.add_taskmanager()
    send([frozen], signal.SIGSTOP)
    target.mark_harm()
    time.sleep(FREEZE_S)
    send([frozen], signal.SIGCONT)


def broker_away(target: Target) -> None:
    target.testbed.broker.kill()
    target.mark_harm()
    time.sleep(BROKER_AWAY_S)
    target.testbed.broker.bring_back()


def restart_all(target: Target) -> None:
    cluster, broker = target.testbed.cluster, target.testbed.broker
    broker.kill()
    cluster.kill(cluster.all_pids())
    target.mark_harm()
    broker.bring_back()
    cluster.start_masters()
    cluster.fill_taskmanagers(target.taskmanagers)


def resubmit(target: Target) -> None:
    """The whole cluster is lost with all that it knew of the job, but for the checkpoints."""
    cluster = target.testbed.cluster
    cluster.kill(cluster.all_pids())
    target.mark_harm()
    cluster.forget_jobs()
    cluster.start_again(target.taskmanagers)
    folder = target.job.checkpoints
    last = last_checkpoint(path.parent for path in folder.glob("chk-*/_metadata"))
    if last is None:
        raise Failure(f"job {target.job.id} has retained no checkpoint in {folder}")
    target.job = target.start_job(savepoint=str(last))


def second_job(target: Target) -> None:
    """And its end."""
    target.mark_harm()
    second = target.testbed.run_job(f"{target.name}-second", 1, target.options, source=target.name)
    if not target.testbed.await_checkpoint(second, target.harmed_at_ms, RECOVERY_LIMIT_S):
        raise Failure("the second job did not get as far as a checkpoint: see above")
    second.cancel()


def last_checkpoint(folders: Iterable[Path]) -> Path | None:
    """The one of the highest number.

    >>> last_checkpoint([Path("chk-10"), Path("chk-9")])
    PosixPath('chk-10')
    """
    return max(folders, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)


@dataclass(frozen=True)
class Kind:
    """Without those that are `main`, nothing about exactly once has been shown."""

    name: str
    sentence: str
    inject: Callable[[Target], None]
    is_main: bool = False


KINDS = (
    Kind("kill-taskmanager", "KILL to one that has tasks, and a new one", kill_taskmanager, is_main=True),
    Kind(
        "kill-jobmanager",
        "KILL, and a new one, which takes up the job from ZooKeeper",
        kill_jobmanager,
        is_main=True,
    ),
    Kind("kill-broker", "KILL, and started on the same data", kill_broker, is_main=True),
    Kind("rescale", "stopped with a savepoint, started with another parallelism", rescale, is_main=True),
    Kind(
        "freeze-taskmanager",
        "STOP to one that has tasks until the job is elsewhere, then CONT",
        freeze_taskmanager,
    ),
    Kind("broker-away", "KILL, and started after a minute", broker_away),
    Kind("restart-all", "KILL to everything at once", restart_all),
    Kind(
        "resubmit",
        "KILL to all of Flink and ZooKeeper; the job goes on from its last retained checkpoint in a new cluster",
        resubmit,
    ),
    Kind("second-job", "another job of the same jar in the same TaskManagers", second_job),
)
MAIN = [kind for kind in KINDS if kind.is_main]
OTHERS = [kind for kind in KINDS if not kind.is_main]


def described() -> str:
    """The table, for the help."""
    lines: list[str] = []
    for kind in KINDS:
        first, *more = textwrap.wrap(kind.sentence, 70)
        lines += [f"{kind.name:<20}{first}", *(" " * 20 + line for line in more)]
    return "\n       ".join(lines)


def read_kinds(text: str) -> list[Kind]:
    """Of "A,B,...". Raises `Failure` at a name that no kind has."""
    by_name = {kind.name: kind for kind in KINDS}
    for name in text.split(","):
        if name not in by_name:
            raise Failure(f"there is no kind '{name}'; there are: {' '.join(by_name)}")
    return [by_name[name] for name in text.split(",")]
