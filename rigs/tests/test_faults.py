"""Which faults come, and what their rows say."""

from __future__ import annotations

import random
import unittest

from rigs.faults.command import USAGE, read_plan
from rigs.faults.deal import deal, pause_s, repeat, rounds
from rigs.faults.kinds import KINDS, MAIN, OTHERS
from rigs.messages import Failure, Table


def names(*arguments: str) -> list[str]:
    return [kind.name for kind in read_plan(arguments).kinds]


class TestDeal(unittest.TestCase):
    def test_every_kind_comes_once_before_one_comes_again(self) -> None:
        for seed in range(50):
            dealt = deal(random.Random(seed), 18, MAIN, OTHERS)
            self.assertEqual({kind.name for kind in dealt[:9]}, {kind.name for kind in KINDS})
            self.assertEqual({kind.name for kind in dealt[9:]}, {kind.name for kind in KINDS})

    def test_the_main_kinds_come_first(self) -> None:
        for seed in range(50):
            first = deal(random.Random(seed), 4, MAIN, OTHERS)
            self.assertEqual({kind.name for kind in first}, {kind.name for kind in MAIN})

    def test_a_seed_deals_the_same_and_another_one_something_else(self) -> None:
        self.assertEqual(names("--seed", "7", "--faults", "30"), names("--seed", "7", "--faults", "30"))
        self.assertNotEqual(names("--seed", "7", "--faults", "30"), names("--seed", "8", "--faults", "30"))

    def test_the_draw_of_a_seed_stays_what_it_is(self) -> None:
        expected = ["kill-taskmanager", "rescale", "kill-broker", "kill-jobmanager", "second-job", "broker-away"]
        self.assertEqual(names("--faults", "6", "--seed", "1"), expected)

    def test_named_kinds_come_in_their_order_over_and_over(self) -> None:
        self.assertEqual(repeat("ab", 5), ["a", "b", "a", "b", "a"])
        self.assertEqual(
            names("--kinds", "rescale,kill-broker", "--faults", "3"), ["rescale", "kill-broker", "rescale"]
        )

    def test_the_last_round_may_be_shorter(self) -> None:
        self.assertEqual(rounds([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]])
        self.assertEqual(rounds([], 2), [])

    def test_pauses_are_of_a_second_to_thirteen(self) -> None:
        pauses = [pause_s(random.Random(seed), 12) for seed in range(500)]
        self.assertGreaterEqual(min(pauses), 1)
        self.assertLess(max(pauses), 13)
        self.assertGreater(max(pauses), 12)


class TestPlan(unittest.TestCase):
    def refused(self, *arguments: str) -> str:
        with self.assertRaises(Failure) as caught:
            read_plan(arguments)
        return str(caught.exception)

    def test_without_options_twelve_faults_come_in_rounds_of_four(self) -> None:
        plan = read_plan([])
        self.assertEqual((len(plan.kinds), plan.round_faults, plan.seed, plan.rate, plan.keep), (12, 4, 1, 200, False))

    def test_seed_0_is_a_seed(self) -> None:
        self.assertEqual(read_plan(["--seed", "0"]).seed, 0)

    def test_none_of_something_is_refused(self) -> None:
        for option in ("--faults", "--round-faults", "--rate"):
            self.assertEqual(self.refused(option, "0"), "--faults, --round-faults and --rate must be at least 1")

    def test_an_unknown_kind_is_refused_with_those_that_there_are(self) -> None:
        said = self.refused("--kinds", "rescale,,kill-broker")
        self.assertTrue(said.startswith("there is no kind ''; there are: kill-taskmanager kill-jobmanager"), said)

    def test_the_help_has_every_kind(self) -> None:
        for kind in KINDS:
            self.assertIn(f"{kind.name:<20}{kind.sentence[:40]}", USAGE)


class TestTable(unittest.TestCase):
    def test_words_stand_to_the_left_and_figures_to_the_right(self) -> None:
        table = Table(("fault", "kind", "outcome"), (6, -8, 0))
        self.assertEqual(table.add(3, "rescale", "recovered"), "     3  rescale   recovered")
        self.assertEqual(table.lines(), [" fault  kind      outcome", "     3  rescale   recovered"])
