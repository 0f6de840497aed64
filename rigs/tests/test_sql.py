"""What scripts/sql takes, and what the files of deploy/sql are compared with."""

from __future__ import annotations

import unittest

from rigs.flink.fields import Object
from rigs.messages import Failure
from rigs.runs import ROOT
from rigs.sql import expected, made
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
        apart = {"tables", "features"}
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
    def test_a_call_counts_in_the_hour_in_which_its_window_ends(self) -> None:
        edges = [window("edge", HOUR_MS - 1, 2, src="a", dst="b"), window("edge", HOUR_MS, 5, src="a", dst="b")]
        rows = {("1970-01-01T00:00", "a", "b", "2"), ("1970-01-01T01:00", "a", "b", "5")}
        self.assertEqual(expected.calls_without_parent(edges), rows)

    def test_of_edges_that_are_equally_slow_those_that_come_first_by_name_are_the_ten(self) -> None:
        edges = [window("edge", 1000, 1, src="a", dst=f"{number:02}", p99_msec=3) for number in range(12)]
        rows = {("1970-01-01T00:00", str(number + 1), "a", f"{number:02}", "1") for number in range(10)}
        self.assertEqual(expected.slowest_edges(edges), rows)

    def test_features_know_nothing_of_later_windows(self) -> None:
        minutes = [window("service", minute * 60_000, 60, service="a", sum_msec=60 * minute) for minute in (6, 1, 2)]
        rows = {end: figures[:2] for (_, end), figures in expected.features(minutes).items()}
        self.assertEqual(
            rows, {"1970-01-01T00:01": [0.2, 1], "1970-01-01T00:02": [0.4, 1.5], "1970-01-01T00:06": [0.4, 4]}
        )

    def test_the_features_of_a_key_are_those_of_its_last_record(self) -> None:
        figures = {"rate_per_s_5m": 1, "mean_msec_5m": 2, "rate_per_s_60m": 3, "mean_msec_60m": 4}
        record = {"service": "a", "window_end": "1970-01-01 00:01:00", **figures}
        read = expected.read_features([{**record, "rate_per_s_5m": 9}, record])
        self.assertEqual(read, {("a", "1970-01-01T00:01"): [1, 2, 3, 4]})

    def test_only_the_last_made_window_of_an_entry_is_not_as_usual(self) -> None:
        last_ms = made.BEGIN_MS + 15 * expected.MINUTE_MS
        self.assertEqual(
            expected.changed_chains(made.windows_of_a_changed_entry()), {(expected.timestamp(last_ms), "changed")}
        )

    def test_alerts_that_have_not_ended_are_open(self) -> None:
        self.assertEqual(
            expected.open_alerts(made.alerts()), {("rate-fell", "edge", "again"), ("new", "edge", "begun")}
        )
