"""Live traffic, until Ctrl-C."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Iterable

from rigs.flink.metrics import Metrics
from rigs.kafka.tools import CONSUMER
from rigs.messages import say
from rigs.processes import Argument, Closed
from rigs.run.local_run import LocalRun

RATE = 50
STATUS_EVERY_S = 3
CALL_EVERY_S = 4
CALL_LENGTH = 400
CHAIN_EVERY_S = 10
# Shorter chains have little to show.
CHAIN_CALLS = 3
CHAIN_ROWS = 20
CHAIN_START = '{"chain":'
# What `callweave show` takes.
MIN_COLUMNS, MAX_COLUMNS = 60, 1000
# The first call can be written once the job has waited 30 s for stragglers and the call has ended;
# readers see it at the next checkpoint, which comes every 10 s.
FIRST_RESULTS_AFTER_S = 40


def run_live(local_run: LocalRun) -> None:
    """Does not return: a signal ends it, or that a part has ended."""
    topic, rate = local_run.plan.input_topic, local_run.plan.rate or RATE
    live = local_run.build.live_calls() if local_run.kafka.simulates else None
    if live is not None:
        local_run.start_live_calls(live, rate)
        say(f"{rate} calls a second are being written. The command callweave is still being built; then a few of them")
        say("will be broken, late or repeated, and chains will be drawn.")
    elif local_run.kafka.simulates:
        _simulate(local_run, rate)
    else:
        say(f"The topic {topic} exists already: no calls are simulated (--rate R would).")
    say("The first results take more than half a minute: the job waits 30 s for calls that come late,")
    say("and readers see what it wrote at the next checkpoint, up to 10 s later. Ctrl-C ends everything.")
    say()
    _show_results(local_run)
    started = time.monotonic()
    while True:
        time.sleep(STATUS_EVERY_S)
        local_run.check_alive()
        if not local_run.build.has_command() and not local_run.build.is_building():
            local_run.build.command()
            if live is not None and local_run.simulator is not None:
                local_run.run.children.stop(local_run.simulator)
                _simulate(local_run, rate)
        metrics = local_run.job.metrics()
        local_run.say_status(metrics, countdown(metrics, started + FIRST_RESULTS_AFTER_S - time.monotonic()))


def _simulate(local_run: LocalRun, rate: int) -> None:
    local_run.start_simulator("--realtime", "--stream", "--rate", str(rate))
    say(f"{rate} calls a second are being written, a few of them broken, late or repeated.")


def countdown(metrics: Metrics, left_s: float) -> str:
    """What to add to the status line while nothing is out.

    >>> countdown(Metrics({"written": 1}), 9), countdown(Metrics(), 9), countdown(Metrics(), 0)
    ('', '  first results in about 9 s', '  first results at any moment')
    """
    if metrics.get("written"):
        return ""
    return f"  first results in about {left_s:.0f} s" if left_s > 0 else "  first results at any moment"


def _show_results(local_run: LocalRun) -> None:
    """A linked call and a chain every few seconds, as a reader of their topics gets them."""
    topics = "|".join(re.escape(topic) for topic in (local_run.plan.output_topic, local_run.plan.chains_topic))
    reading = ["--include", topics, "--isolation-level", "read_committed", "--from-beginning"]
    reading += ["--consumer-property", "metadata.max.age.ms=3000"]
    with open(local_run.run.log / "results.out", "ab") as log:
        command = local_run.kafka.tools.command(CONSUMER, reading)
        consumer = local_run.run.children.start(command, subprocess.PIPE, log)
    threading.Thread(target=_show_some, args=(local_run, consumer.lines()), daemon=True).start()


def _show_some(local_run: LocalRun, lines: Iterable[str]) -> None:
    next_call_at = next_chain_at = 0.0
    for line in lines:
        now = time.monotonic()
        if line.startswith(CHAIN_START):
            is_due = now >= next_chain_at and local_run.build.has_command()
            if is_due and chain_calls(line) >= CHAIN_CALLS:
                _show_chain(local_run, line)
                next_chain_at = time.monotonic() + CHAIN_EVERY_S
        elif now >= next_call_at and is_linked(line):
            say(f"   linked: {line[:CALL_LENGTH]}")
            next_call_at = now + CALL_EVERY_S


def _show_chain(local_run: LocalRun, chain: str) -> None:
    """Its picture, by `callweave show`."""
    file = local_run.run.folder / "chain.jsonl"
    file.write_text(chain + "\n", encoding="utf-8")
    try:
        with open(local_run.run.log / "show.out", "ab") as log:
            _, picture = local_run.run.children.capture(show(local_run.callweave, file), log)
    except (Closed, OSError):
        # The run is ending.
        return
    say("\n" + picture)


def show(callweave: Path, file: Path) -> list[Argument]:
    """What draws the chains of a file for this terminal, in a few lines."""
    columns = min(max(shutil.get_terminal_size().columns, MIN_COLUMNS), MAX_COLUMNS)
    color = "always" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else "never"
    options: list[Argument] = ["--width", str(columns), "--rows", str(CHAIN_ROWS), "--color", color]
    if "utf" not in (sys.stdout.encoding or "").lower():
        options.append("--ascii")
    return [callweave, "show", file, *options]


def chain_calls(line: str) -> int:
    """How many calls a chain has; 0 where it does not say.

    >>> chain_calls('{"chain":"a","total_msec":5,"calls":12,"hops":[]}'), chain_calls('{"chain":"a"}')
    (12, 0)
    """
    match = re.search(r'"calls":([0-9]+)', line)
    return 0 if match is None else int(match.group(1))


def is_linked(line: str) -> bool:
    """Whether a result has a parent or a child.

    >>> is_linked('{"id":1,"parents":[],"children":[]}'), is_linked('{"id":1,"parents":[2],"children":[]}')
    (False, True)
    """
    return '"parents":[],"children":[]' not in line
