"""Live traffic, until Ctrl-C."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import Iterable

from rigs.flink.metrics import Metrics
from rigs.kafka.tools import CONSUMER
from rigs.messages import say
from rigs.run.local_run import LocalRun

RATE = 50
STATUS_EVERY_S = 3
CALL_EVERY_S = 4
CALL_LENGTH = 400
# The first call can be written once the job has waited 30 s for stragglers and the call has ended;
# readers see it at the next checkpoint, which comes every 10 s.
FIRST_RESULTS_AFTER_S = 40


def run_live(local_run: LocalRun) -> None:
    """Does not return: a signal ends it, or that a part has ended."""
    topic, rate = local_run.plan.input_topic, local_run.plan.rate or RATE
    if local_run.kafka.simulates:
        local_run.start_simulator("--realtime", "--stream", "--rate", str(rate))
        say(f"{rate} calls a second are being written, a few of them broken, late or repeated.")
    else:
        say(f"The topic {topic} exists already: no calls are simulated (--rate R would).")
    say("The first results take more than half a minute: the job waits 30 s for calls that come late,")
    say("and readers see what it wrote at the next checkpoint, up to 10 s later. Ctrl-C ends everything.")
    say()
    _show_linked_calls(local_run)
    started = time.monotonic()
    while True:
        time.sleep(STATUS_EVERY_S)
        local_run.check_alive()
        metrics = local_run.job.metrics()
        local_run.say_status(metrics, countdown(metrics, started + FIRST_RESULTS_AFTER_S - time.monotonic()))


def countdown(metrics: Metrics, left_s: float) -> str:
    """What to add to the status line while nothing is out.

    >>> countdown(Metrics({"written": 1}), 9), countdown(Metrics(), 9), countdown(Metrics(), 0)
    ('', '  first results in about 9 s', '  first results at any moment')
    """
    if metrics.get("written"):
        return ""
    return f"  first results in about {left_s:.0f} s" if left_s > 0 else "  first results at any moment"


def _show_linked_calls(local_run: LocalRun) -> None:
    """One every few seconds, as a reader of the result topic gets it."""
    reading = ["--topic", local_run.plan.output_topic, "--isolation-level", "read_committed", "--from-beginning"]
    reading += ["--consumer-property", "metadata.max.age.ms=3000"]
    with open(local_run.run.log / "linked-calls.out", "ab") as log:
        command = local_run.kafka.tools.command(CONSUMER, reading)
        consumer = local_run.run.children.start(command, subprocess.PIPE, log)
    threading.Thread(target=_show_some, args=(consumer.lines(),), daemon=True).start()


def _show_some(lines: Iterable[str]) -> None:
    next_at = 0.0
    for line in lines:
        if time.monotonic() >= next_at and is_linked(line):
            say(f"   linked: {line[:CALL_LENGTH]}")
            next_at = time.monotonic() + CALL_EVERY_S


def is_linked(line: str) -> bool:
    """Whether a result has a parent or a child.

    >>> is_linked('{"id":1,"parents":[],"children":[]}'), is_linked('{"id":1,"parents":[2],"children":[]}')
    (False, True)
    """
    return '"parents":[],"children":[]' not in line
