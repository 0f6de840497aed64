"""What scripts/job-check does, in order, and how each step must end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.job_check.recorder import Trouble

SLOTS = 3
# Short, so that a step that waits for Flink in vain is soon over.
AWAY = ("--away-timeout-s", "5")


@dataclass(frozen=True)
class Step:
    """A command, how it must end, and what it must say.

    Afterwards one job runs with that parallelism, or none. The trouble strikes once, at a request.
    """

    arguments: Sequence[str]
    exit_code: int
    says: str
    parallelism: int | None
    trouble: Trouble | None = None
    # The last line says to type this, and that is typed then.
    leads_to: str | None = None


def steps(jar: Path, password: Path) -> list[Step]:
    """All of them; the jar is one that Flink cannot start, the password a wrong one.

    >>> sorted({step.arguments[0] for step in steps(Path("jar"), Path("password"))})
    ['autoscale', 'list', 'rescale', 'status', 'stop', 'submit', 'upgrade']
    """
    return [
        Step(["submit"], 0, "callweave runs as job", 1),
        Step(["submit"], 2, "runs already", 1),
        Step(["status"], 0, "RUNNING", 1),
        Step(["status", "--password-file", str(password)], 2, "user and password-file", 1),
        Step(["upgrade"], 0, "callweave runs as job", 1),
        Step(["rescale", "2"], 0, "callweave runs as job", 2),
        *refused(jar),
        *lost(),
        Step(["upgrade", "--start-timeout-s", "25"], 2, "but is not through", 2, Trouble("/run", "slots"), "status"),
        Step(["list"], 0, "RUNNING", 2),
        Step(["stop"], 0, "is stopped", None, leads_to="submit"),
        Step(["stop"], 0, "is stopped", None),
        Step(["status"], 1, "FINISHED", None, leads_to="submit"),
        # It says that only where nothing is missing of what it measures.
        Step(["autoscale", "--looks", "10", "--dry-run"], 0, "a subtask reads", 2),
        Step(["autoscale", "--looks", "1", "--min", str(SLOTS)], 0, f"2 -> {SLOTS}: at least {SLOTS}", SLOTS),
    ]


def refused(jar: Path) -> list[Step]:
    """What Flink or the job says no to."""
    return [
        Step(["upgrade", "--jar", str(jar)], 1, "runs on as it was", 2),
        Step(["upgrade", "--savepoints", "file:///proc/no/such/folder"], 1, "runs on as it was", 2),
        Step(["upgrade", "--option", "bucket-ms=500"], 1, "runs again as it was", 2),
        Step(["rescale", "1", "--option", "max-links=0"], 2, "nothing was changed", 2),
        Step(["rescale", str(SLOTS + 1)], 2, "slots", 2),
    ]


def lost() -> list[Step]:
    """Requests and answers that do not arrive."""
    return [
        Step(["upgrade"], 0, "callweave runs as job", 2, Trouble("/stop", "answer")),
        Step(["upgrade"], 0, "callweave runs as job", 2, Trouble("/run", "answer")),
        Step(["upgrade", *AWAY], 1, "runs on as it was", 2, Trouble("/plan", "all")),
        Step(["upgrade", *AWAY], 2, "it is not known", 2, Trouble("/stop", "all"), "status"),
        Step(["upgrade", *AWAY], 2, "it is not known", None, Trouble("/run", "all"), "submit"),
    ]
