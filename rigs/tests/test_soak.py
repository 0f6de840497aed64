"""Growth is judged where it can be, and told where not."""

from __future__ import annotations

import csv
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

from rigs.messages import Failure
from rigs.soak.command import read_plan
from rigs.soak.judgement import MIB, judge
from rigs.soak.plot import draw
from rigs.soak.samples import COLUMNS, Sample, SampleFile

HEAP = 512 * MIB


def hour(percent_of_rss: float = 0, heap_percent: float = 0, minutes: int = 60) -> list[Sample]:
    """A sample a minute of a memory that grows by so much an hour."""
    return [
        Sample(
            seconds=minute * 60,
            rss_bytes=int(1000 * MIB * (1 + percent_of_rss / 100 * minute / 60)),
            live_heap_bytes=int(30 * MIB + HEAP * heap_percent / 100 * minute / 60),
        )
        for minute in range(minutes + 1)
    ]


class TestJudgement(unittest.TestCase):
    def test_memory_that_stays_holds(self) -> None:
        judgement = judge(hour(), 600, HEAP)
        self.assertTrue(judgement.held)
        self.assertEqual(judgement.lines[-1], "growth below 5 % an hour: yes")

    def test_five_percent_an_hour_is_too_much(self) -> None:
        self.assertTrue(judge(hour(percent_of_rss=4.5), 600, HEAP).held)
        judgement = judge(hour(percent_of_rss=5.5), 600, HEAP)
        self.assertFalse(judgement.held)
        self.assertEqual(judgement.lines[-1], "growth below 5 % an hour: NO")

    def test_the_heap_is_judged_by_its_size_not_by_what_is_on_it(self) -> None:
        self.assertTrue(judge(hour(heap_percent=4.9), 600, HEAP).held)
        self.assertFalse(judge(hour(heap_percent=5.1), 600, HEAP).held)

    def test_what_grew_in_the_warm_up_does_not_count(self) -> None:
        warming = [Sample(minute * 60, rss_bytes=minute * 100 * MIB) for minute in range(10)]
        self.assertTrue(judge(warming + hour()[10:], 600, HEAP).held)

    def test_memory_that_shrinks_holds(self) -> None:
        self.assertTrue(judge(hour(percent_of_rss=-40), 600, HEAP).held)

    def test_a_short_run_is_told_but_not_judged(self) -> None:
        judgement = judge(hour(percent_of_rss=500, minutes=29), 600, HEAP)
        self.assertTrue(judgement.held)
        self.assertEqual(judgement.lines[-1], "growth is not judged: that takes 20 minutes after the warm-up")
        self.assertIn("% of it", judgement.lines[0])

    def test_samples_that_are_missing_in_between_do_not_matter(self) -> None:
        gaps = [sample if sample.seconds % 300 else Sample(sample.seconds) for sample in hour()]
        self.assertTrue(judge(gaps, 600, HEAP).held)

    def test_memory_that_nobody_told_did_not_hold(self) -> None:
        judgement = judge([Sample(sample.seconds) for sample in hour()], 600, HEAP)
        self.assertFalse(judgement.held)
        self.assertIn("nobody told it after the warm-up", judgement.lines[0])
        self.assertIn(f"{'native library':<24}Flink did not tell", judgement.lines)

    def test_figures_are_told_as_median_and_highest(self) -> None:
        samples = [Sample(0, rss_bytes=1, link_open=1000), Sample(10, rss_bytes=1, link_open=3000)]
        self.assertIn(f"{'open calls in Link':<24}median 2,000, highest 3,000", judge(samples, 0, HEAP).lines)


class TestSamples(unittest.TestCase):
    def test_the_csv_has_a_row_for_each_and_nothing_for_what_is_unknown(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = SampleFile(Path(folder) / "soak.csv")
            file.add(Sample(0, rss_bytes=5))
            file.add(Sample(10, retained_bytes=7))
            text = (Path(folder) / "soak.csv").read_text()
        rows = list(csv.reader(text.splitlines()))
        self.assertEqual(rows[0], COLUMNS)
        self.assertEqual(rows[1][:3], ["0", "5", ""])
        self.assertEqual(rows[2][-1], "7")

    def test_open_calls_are_known_only_where_both_operators_tell(self) -> None:
        self.assertEqual(Sample(0, link_open=1, assemble_open=2).open_calls, 3)
        self.assertIsNone(Sample(0, link_open=1).open_calls)

    def test_the_plot_is_an_svg_of_three_curves(self) -> None:
        for samples in (hour(), [Sample(0)]):
            root = xml.etree.ElementTree.fromstring(draw(samples))
            self.assertEqual(len(root.findall("{http://www.w3.org/2000/svg}polyline")), 3)


class TestPlan(unittest.TestCase):
    def test_without_options_it_is_an_hour_of_a_thousand_calls_a_second(self) -> None:
        plan = read_plan([])
        self.assertEqual((plan.minutes, plan.rate, plan.seed, plan.csv.name), (60, 1000, 1, "soak.csv"))

    def test_no_minutes_are_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "--minutes and --rate must be at least 1"):
            read_plan(["--minutes", "0"])
