"""What was seen while a load pressed on the job, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from rigs.flink.job import restart_complaint
from rigs.trials import Verdict
from rigs.verification import counted

MIB = 1024 * 1024


@dataclass
class Watch:
    """The highest of what the job and the TaskManager had, and for how long the source had to wait."""

    observed_at_s: float
    highest_open: int = 0
    highest_rss: int = 0
    pressed_s: float = 0

    def see(self, now_s: float, open_calls: int, rss: int, is_pressed: bool) -> None:
        """A source that waits now has waited since the last look."""
        self.highest_open = max(self.highest_open, open_calls)
        self.highest_rss = max(self.highest_rss, rss)
        if is_pressed:
            self.pressed_s += now_s - self.observed_at_s
        self.observed_at_s = now_s


@dataclass(frozen=True)
class Outcome:
    """All that a load has shown. `open_at_end` and `restarts` are None where nobody tells."""

    kind: str
    verdict: Verdict
    watch: Watch
    open_at_end: int | None
    restarts: int | None
    failure: str
    must_press: bool

    def complaints(self, memory_limit_mib: int) -> list[str]:
        """What is wrong; nothing where all is as it has to be."""
        late = counted(self.verdict.report, "late")
        restarted = restart_complaint(self.restarts, self.failure)
        found = [
            (not self.verdict.is_same, "the result is not what the reference says"),
            (late > 0, "calls were taken for late, and none was"),
            (self.open_at_end is None, "the job does not say whether calls are open"),
            ((self.open_at_end or 0) > 0, "calls are open after everything was written"),
            (
                self.watch.highest_rss >= memory_limit_mib * MIB,
                f"the TaskManager had more than the {memory_limit_mib} MiB that Flink gives it",
            ),
            (restarted is not None, restarted or ""),
            (self.must_press and self.watch.pressed_s == 0, "the source felt no back pressure"),
        ]
        return [complaint for is_wrong, complaint in found if is_wrong]
