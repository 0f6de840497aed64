"""So many calls, and the comparison of what came out."""

from __future__ import annotations

import time

from rigs.flink.metrics import Metrics
from rigs.messages import Failure, grouped, say, show_tail, step
from rigs.processes import Child, words
from rigs.run.local_run import LocalRun

STATUS_EVERY_S = 5
# Flink's figures are a few seconds old.
METRICS_AGE_S = 4


def run_bounded(local_run: LocalRun, calls: int) -> None:
    """Raises `Failure` where the result is not what the reference says."""
    plan, run, started = local_run.plan, local_run.run, time.monotonic()
    step(f"Writing {grouped(calls)} calls (seed {plan.seed}), some of them broken, late or repeated")
    simulator = local_run.start_simulator("--calls", str(calls), "--id", "uuid")
    # Its end is none of the run.
    local_run.simulator = None
    if _show_status_until_end(local_run, simulator) != 0:
        show_tail([run.log / "simulate.out"])
        raise Failure("the simulator failed: see above")
    step("All are written; the rest comes out after 30 s of silence. Waiting for it, and comparing")
    waiting = ["--wait", "--timeout", str(300 + calls // 1000)]
    report = run.log / "verify.out"
    where = ["--bootstrap", local_run.kafka.tools.bootstrap, *plan.topics, *plan.outputs(run.folder).verify]
    command = words(local_run.callweave, "verify", *where, *waiting)
    status = _show_status_until_end(local_run, run.children.start_logged(command, report))
    time.sleep(METRICS_AGE_S)
    for line in summary(local_run.job.metrics(), time.monotonic() - started):
        say(line)
    say(report.read_text().rstrip("\n"))
    if status != 0:
        raise Failure(f"the result is not what the reference says (callweave verify: {status})")


def summary(metrics: Metrics, took_s: float) -> list[str]:
    """What the job says of the run."""
    read, written, links, chains, duplicates = (
        grouped(metrics.get(name)) for name in ("read", "written", "links", "Chain.written", "duplicates")
    )
    return [
        "",
        f"calls read   {read}",
        f"  linked     {written}   with {links} links",
        f"  chains     {chains}",
        f"  rejected   {metrics.rejected()}",
        f"  duplicates {duplicates}",
        f"time         {took_s:.0f} s",
        "",
    ]


def _show_status_until_end(local_run: LocalRun, child: Child) -> int:
    """A status line every few seconds; the exit code."""
    next_at = time.monotonic() + STATUS_EVERY_S
    while child.is_alive():
        time.sleep(0.5)
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + STATUS_EVERY_S
            local_run.check_alive()
            local_run.say_status(local_run.job.metrics())
    return child.wait()
