"""What scripts/sql takes, and what the files of deploy/sql are compared with."""

from __future__ import annotations

import unittest

from rigs.flink.fields import Object
from rigs.messages import Failure
from rigs.runs import ROOT
from rigs.sql import expected
from rigs.sql.check import QUERIES
from rigs.sql.command import OPTIONS, PLACES, main
from rigs.sql.statements import PLACE, answer, fill, script

HOUR_MS = expected.HOUR_MS
FILES = sorted((ROOT / "deploy" / "sql").glob("*.sql"))


def window(kind: str, end_ms: int, count: int, **more: object) -> Object:
    return {"kind": kind, "window_end_ms": end_ms, "count": count, **more}


class TestFiles(unittest.TestCase):
    def test_every_place_of_a_file_has_an_option(self) -> None:
        for file in FILES:
            self.assertLessEqual(set(PLACE.findall(file.read_text())), set(PLACES), file.name)

    def test_every_query_is_checked(self) -> None:
        apart = {"tables", "changed-chains", "open-alerts", "features"}
        self.assertEqual({file.stem for file in FILES}, {*QUERIES, *apart})

    def test_no_semicolon_stands_within_a_statement(self) -> None:
        for file in FILES:
            for line in script([file.read_text()]).splitlines():
                self.assertEqual(line.count(";"), int(line.endswith(";")), f"{file.name}: {line}")


class TestCommand(unittest.TestCase):
    def test_one_file_is_wanted_that_exists(self) -> None:
        for arguments, words in (
            ([], "one file of SQL is wanted"),
            (["a.sql", "b.sql"], "one file of SQL is wanted"),
            (["/none.sql"], "there is no file /none.sql"),
            (["--jobmanager", "host", str(FILES[0])], "--jobmanager needs HOST:PORT, not 'host'"),
            (["--watermark-delay-min", "100", str(FILES[0])], "--watermark-delay-min is at most 99"),
        ):
            with self.assertRaisesRegex(Failure, words):
                main(arguments)

    def test_a_word_is_a_file_and_an_unknown_option_is_none(self) -> None:
        self.assertEqual(OPTIONS.read(["--seconds", "3", "a.sql"]).words, ["a.sql"])
        with self.assertRaisesRegex(Failure, "unknown option '--second'"):
            OPTIONS.read(["--second", "3"])

    def test_a_place_that_nothing_stands_for_is_told_with_those_that_there_are(self) -> None:
        with self.assertRaisesRegex(Failure, r"q.sql: there is nothing to put for \$\{spans\}; there are: edges"):
            fill("${spans}", {"edges": "e"}, "q.sql")

    def test_of_a_refusal_the_reason_is_shown_and_of_the_echo_nothing(self) -> None:
        lines = ["Flink SQL> ", "> SELEC 1\x1b[31;1m[ERROR] Could not execute SQL statement. Reason:"]
        lines.append("org.apache.flink.sql.parser.impl.ParseException: Non-query expression")
        shown = [said for line in lines if (said := answer(line)) is not None]
        self.assertEqual(shown, ["[ERROR] Could not execute SQL statement. Reason:", lines[-1]])


class TestExpected(unittest.TestCase):
    def test_an_hour_counts_once_time_has_passed_its_end_by_the_delay(self) -> None:
        edges = [window("edge", HOUR_MS - 1, 2, src="a", dst="b"), window("edge", HOUR_MS, 5, src="a", dst="b")]
        row = ("1970-01-01T00:00", "a", "b", "2")
        self.assertEqual(expected.calls_without_parent(edges, HOUR_MS + expected.CLOSED_MS - 1), set())
        self.assertEqual(expected.calls_without_parent(edges, HOUR_MS + expected.CLOSED_MS), {row})

    def test_where_others_are_as_slow_as_the_tenth_which_are_shown_is_open(self) -> None:
        edges = [window("edge", 1000, 1, src="a", dst=f"{number}", p99_msec=3) for number in range(12)]
        self.assertEqual(expected.slowest_edges(edges, 2 * HOUR_MS), set())
        self.assertEqual(len(expected.slowest_edges(edges[:9], 2 * HOUR_MS)), 9)

    def test_features_know_nothing_of_later_windows(self) -> None:
        minutes = [window("service", minute * 60_000, 60, service="a") for minute in (6, 1, 2)]
        rates = [(end // 60_000, five) for end, five, _ in expected.features(minutes)["a"]]
        self.assertEqual(rates, [(1, 0.2), (2, 0.4), (6, 0.4)])
