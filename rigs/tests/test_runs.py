"""Whatever ends a run, nothing that it started is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import unittest
from pathlib import Path
from typing import Sequence

from rigs.processes import Children, changed_environment, exit_code_of, wait_until
from rigs.runs import ROOT, guarded
from rigs.signals import Signals

LIMIT_S = 60

# A run below a folder of the test's own, with a daemon of a child that takes no TERM.
RUN = """
import shutil, subprocess, sys, time
from pathlib import Path
from rigs import runs
from rigs.messages import Failure, say

runs.ROOT = Path(sys.argv[1])

def body(run):
    run.at_exit(lambda code: say(f"first hook {code}"))
    run.at_exit(lambda code: say(f"last hook {code}"))
    stubborn = "trap '' TERM; sleep 1000 & echo $!; wait; wait"
    child = run.children.start(["bash", "-c", stubborn], subprocess.PIPE)
    say(f"{child.pid} {next(child.lines())}")
    BODY

sys.exit(runs.guarded(body, keep="--keep" in sys.argv, stop_grace_s=0.2))
"""


def is_there(pid: int) -> bool:
    """A zombie whose parent does not ask for it is gone, too."""
    try:
        return b"Z" not in Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:1]
    except OSError:
        return False


def hear_all_signals() -> None:
    """The tests may themselves run where signals are ignored, as behind nohup or in the background."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class TestRuns(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.errors = self.root / "errors"

    def start(self, body: str, *arguments: str, through: Sequence[str] = ()) -> tuple[subprocess.Popen[str], list[int]]:
        """The run, and the processes that it has started."""
        code = RUN.replace("BODY", textwrap.indent(textwrap.dedent(body), " " * 4).strip())
        with open(self.errors, "w") as errors:
            process = subprocess.Popen(
                [*through, sys.executable, "-c", code, str(self.root), *arguments],
                env=changed_environment({"PYTHONPATH": str(ROOT)}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                preexec_fn=hear_all_signals,
            )
        self.addCleanup(process.kill)
        assert process.stdout is not None
        return process, [int(pid) for pid in process.stdout.readline().split()]

    def finish(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        """What it says until its end, and its errors."""
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdin.close()
        limit = threading.Timer(LIMIT_S, process.kill)
        limit.start()
        with process.stdout:
            said = process.stdout.read()
        process.wait(LIMIT_S)
        limit.cancel()
        return said, self.errors.read_text()

    def assert_nothing_is_left(self, pids: list[int]) -> None:
        self.assertEqual(len(pids), 2)
        self.assertTrue(wait_until(lambda: not any(map(is_there, pids)), LIMIT_S))

    def test_each_signal_ends_the_run_and_all_that_it_started(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number):
                process, pids = self.start("time.sleep(1000)")
                process.send_signal(number)
                said, errors = self.finish(process)
                self.assertEqual(process.returncode, 128 + number)
                self.assertEqual(said.splitlines(), [f"last hook {128 + number}", f"first hook {128 + number}"])
                self.assertEqual(errors, "")
                self.assert_nothing_is_left(pids)
                self.assertEqual(list(self.root.glob(".local/run/*")), [])

    def test_with_nohup_the_end_of_the_terminal_does_not_end_it(self) -> None:
        process, pids = self.start("say('ready')\nsys.stdin.readline()\nreturn 0", through=["nohup"])
        assert process.stdout is not None
        assert process.stdin is not None
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGHUP)
        process.stdin.write("go on\n")
        process.stdin.flush()
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assert_nothing_is_left(pids)

    def test_a_second_signal_does_not_cut_the_clean_up_short(self) -> None:
        body = "run.at_exit(lambda code: (say('ending'), sys.stdin.readline()))\nsay('ready')\ntime.sleep(1000)"
        process, pids = self.start(body)
        assert process.stdout is not None
        assert process.stdin is not None
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.terminate()
        self.assertEqual(process.stdout.readline(), "ending\n")
        process.send_signal(signal.SIGINT)
        process.stdin.write("go on\n")
        process.stdin.flush()
        self.finish(process)
        self.assertEqual(process.returncode, 143)
        self.assert_nothing_is_left(pids)

    def test_a_failure_ends_all_and_keeps_what_there_is_to_read(self) -> None:
        process, pids = self.start("(run.log / 'it.log').write_text('why')\nraise Failure('it broke: see above')")
        _, errors = self.finish(process)
        self.assertEqual(process.returncode, 1)
        (kept,) = self.root.glob(".local/run/*")
        self.assertIn("error: it broke: see above\n", errors)
        self.assertIn(f"Logs and data of this run are kept in {kept}", errors)
        self.assertEqual((kept / "log" / "it.log").read_text(), "why")
        self.assert_nothing_is_left(pids)

    def test_a_failure_that_left_nothing_to_read_leaves_no_folder(self) -> None:
        process, pids = self.start("raise Failure('no')")
        self.finish(process)
        self.assertEqual(list(self.root.glob(".local/run/*")), [])
        self.assert_nothing_is_left(pids)

    def test_success_keeps_the_folder_only_where_it_is_asked_to(self) -> None:
        for arguments, kept in (([], 0), (["--keep"], 1)):
            process, pids = self.start("(run.log / 'it.log').write_text('what')\nreturn 0", *arguments)
            self.finish(process)
            self.assertEqual(process.returncode, 0)
            self.assertEqual(len(list(self.root.glob(".local/run/*"))), kept)
            self.assert_nothing_is_left(pids)

    def test_a_command_is_ended_before_what_cleans_up_after_it(self) -> None:
        folder = self.root / "fresh"
        body = f"""
            folder = Path({str(folder)!r})
            folder.mkdir()
            try:
                say("ready")
                run.children.run(["bash", "-c", 'while mkdir -p "$0/x"; do sleep 0.01; done', folder])
            finally:
                shutil.rmtree(folder)
            """
        process, pids = self.start(body)
        assert process.stdout is not None
        self.assertTrue(wait_until(lambda: (folder / "x").exists(), LIMIT_S))
        process.terminate()
        self.assertEqual(self.finish(process)[1], "")
        self.assertFalse(folder.exists())
        self.assert_nothing_is_left(pids)

    def test_it_ends_quietly_once_nobody_reads_what_it_says(self) -> None:
        process, pids = self.start("(run.log / 'it.log').write_text('x')\nwhile True:\n    say('more')")
        assert process.stdout is not None
        process.stdout.close()
        self.assertEqual(process.wait(LIMIT_S), 141)
        self.assertEqual(self.errors.read_text(), "")
        self.assertEqual(list(self.root.glob(".local/run/*")), [])
        self.assert_nothing_is_left(pids)

    def test_a_hook_that_fails_does_not_keep_the_others_from_running(self) -> None:
        process, pids = self.start("run.at_exit(lambda code: 1 / 0)\nreturn 0")
        said, errors = self.finish(process)
        self.assertIn("first hook 0", said)
        self.assertIn("division by zero", errors)
        self.assert_nothing_is_left(pids)

    def test_the_handlers_of_signals_are_those_of_before_once_a_run_is_over(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        self.assertEqual(guarded(lambda run: 3), 3)
        self.assertEqual(signal.getsignal(signal.SIGTERM), before)

    def test_what_a_guarded_script_leaves_in_the_temp_folder_goes_with_the_run(self) -> None:
        script = self.root / "script"
        script.write_text("mktemp; exit 0")
        guard = [sys.executable, "-m", "rigs", "guard", str(script)]
        environment = changed_environment({"PYTHONPATH": str(ROOT)})
        said = subprocess.run(guard, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertFalse(Path(said.strip()).exists(), said)
        self.assertTrue(said.startswith(str(ROOT / ".local" / "run")), said)


class TestChildren(unittest.TestCase):
    def setUp(self) -> None:
        self.children = Children(Signals(), stop_grace_s=LIMIT_S)
        self.addCleanup(self.children.close)

    def test_a_stopped_process_is_ended_by_term(self) -> None:
        child = self.children.start(["sleep", "1000"])
        child.signal_group(signal.SIGSTOP)
        self.children.stop(child)
        self.assertEqual(child.wait(), -signal.SIGTERM)

    def test_the_output_and_the_exit_code_are_told(self) -> None:
        self.assertEqual(self.children.capture(["bash", "-c", "echo out; exit 7"]), (7, "out\n"))

    def test_a_variable_is_set_or_taken_away_for_one_process(self) -> None:
        os.environ["RIGS_TEST"] = "outer"
        self.addCleanup(os.environ.pop, "RIGS_TEST")
        shown = ["bash", "-c", 'test "${RIGS_TEST-none}" = "$0"']
        self.assertEqual(self.children.run([*shown, "outer"]), 0)
        self.assertEqual(self.children.run([*shown, "inner"], environment={"RIGS_TEST": "inner"}), 0)
        self.assertEqual(self.children.run([*shown, "none"], environment={"RIGS_TEST": None}), 0)

    def test_none_is_started_any_more_once_all_are_ended(self) -> None:
        self.children.close()
        with self.assertRaises(RuntimeError):
            self.children.start(["true"])

    def test_what_a_signal_ended_has_the_exit_code_of_a_shell(self) -> None:
        child = self.children.start(["sleep", "1000"])
        self.children.kill(child)
        self.assertEqual(exit_code_of(child.wait()), 137)

    def test_waiting_ends_when_there_is_nothing_to_wait_for(self) -> None:
        self.assertFalse(wait_until(lambda: False, LIMIT_S, while_true=lambda: False))
        self.assertFalse(wait_until(lambda: False, 0))
        self.assertTrue(wait_until(lambda: True, 0, while_true=lambda: False))
