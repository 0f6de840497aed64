"""What is wrong with a job under pressure is told, one sentence each."""

from __future__ import annotations

import unittest
from typing import Mapping

from rigs.messages import Failure
from rigs.pressure.command import USAGE, memory_limit_mib, read_plan
from rigs.pressure.judgement import MIB, Outcome, Watch
from rigs.pressure.loads import KINDS
from rigs.trials import Verdict


def outcome(
    *,
    is_same: bool = True,
    report: Mapping[str, int] | None = None,
    watch: Watch | None = None,
    open_at_end: int | None = 0,
    restarts: int | None = 0,
    must_press: bool = False,
) -> list[str]:
    verdict = Verdict(is_same, "", report or {})
    seen = watch or Watch(0, highest_rss=100 * MIB)
    return Outcome("kind", verdict, seen, open_at_end, restarts, "why", must_press).complaints(memory_limit_mib=1728)


class TestOutcome(unittest.TestCase):
    def test_a_good_one_has_no_complaint(self) -> None:
        self.assertEqual(outcome(report={"read": 10, "written": 9, "rejected": 1}), [])

    def test_each_fault_is_told(self) -> None:
        self.assertEqual(outcome(is_same=False), ["the result is not what the reference says"])
        self.assertEqual(outcome(report={"late": 1}), ["calls were taken for late, and none was"])
        self.assertEqual(outcome(open_at_end=1), ["calls are open after everything was written"])
        self.assertEqual(outcome(restarts=2), ["the job was restarted 2 times: why"])
        too_much = Watch(0, highest_rss=1728 * MIB)
        self.assertEqual(outcome(watch=too_much), ["the TaskManager had more than the 1728 MiB that Flink gives it"])

    def test_what_nobody_tells_is_a_complaint_too(self) -> None:
        self.assertEqual(outcome(open_at_end=None), ["the job does not say whether calls are open"])
        self.assertEqual(outcome(restarts=None), ["the job was restarted an unknown number of times: why"])

    def test_back_pressure_is_asked_for_only_where_it_must_be_felt(self) -> None:
        self.assertEqual(outcome(must_press=True), ["the source felt no back pressure"])
        self.assertEqual(outcome(must_press=True, watch=Watch(0, pressed_s=1)), [])


class TestWatch(unittest.TestCase):
    def test_the_highest_of_each_is_kept(self) -> None:
        watch = Watch(observed_at_s=10)
        watch.see(11, open_calls=5, rss=7, is_pressed=False)
        watch.see(12, open_calls=3, rss=9, is_pressed=False)
        self.assertEqual((watch.highest_open, watch.highest_rss, watch.pressed_s), (5, 9, 0))

    def test_a_source_that_waits_has_waited_since_the_last_look(self) -> None:
        watch = Watch(observed_at_s=10)
        for now_s, is_pressed in ((11, True), (13, False), (16, True)):
            watch.see(now_s, 0, 0, is_pressed)
        self.assertEqual(watch.pressed_s, 1 + 3)


class TestPlan(unittest.TestCase):
    def test_without_kinds_all_are_run(self) -> None:
        self.assertEqual([kind.name for kind in read_plan([]).kinds], [kind.name for kind in KINDS])
        self.assertEqual([kind.name for kind in read_plan(["burst", "--rate", "9"]).kinds], ["burst"])

    def test_an_unknown_kind_is_refused_with_those_that_there_are(self) -> None:
        with self.assertRaisesRegex(Failure, "there is no option or kind 'bursts'; kinds are: slow-result-broker hot"):
            read_plan(["bursts"])

    def test_the_help_has_every_kind(self) -> None:
        for kind in KINDS:
            self.assertIn(f"{kind.name:<20}{kind.sentence}", USAGE)

    def test_memory_in_another_unit_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "'1g'; MiB are expected"):
            memory_limit_mib("1g")
