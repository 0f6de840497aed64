"""What scripts/run refuses, and what it shows."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from rigs.flink.metrics import Metrics
from rigs.messages import Failure
from rigs.run.bounded import summary
from rigs.run.command import main
from rigs.run.kafka import reach, simulates
from rigs.run.live import _show_some, show
from rigs.run.local_run import status_line
from rigs.run.options import read_plan


class TestPlan(unittest.TestCase):
    def refused(self, *arguments: str) -> str:
        with self.assertRaises(Failure) as caught:
            read_plan(arguments)
        return str(caught.exception)

    def test_live_traffic_and_a_bounded_run_do_not_go_together(self) -> None:
        self.assertIn("give one of them", self.refused("--rate", "5", "--calls", "5"))

    def test_no_parallelism_is_refused(self) -> None:
        self.assertEqual(self.refused("--parallelism", "0"), "--parallelism must be at least 1")

    def test_a_topic_that_is_there_gets_calls_only_where_they_are_asked_for(self) -> None:
        self.assertTrue(simulates(read_plan([]), ["other"]))
        self.assertFalse(simulates(read_plan([]), ["test-topic"]))
        self.assertTrue(simulates(read_plan(["--rate", "5"]), ["test-topic"]))

    def test_a_bounded_run_needs_a_topic_of_its_own(self) -> None:
        with self.assertRaisesRegex(Failure, "the topic test-topic exists already.* --chains-topic"):
            simulates(read_plan(["--calls", "5"]), ["test-topic"])
        self.assertTrue(simulates(read_plan(["--calls", "5", "--input-topic", "mine"]), ["test-topic"]))

    def test_job_and_comparison_get_the_topics_that_are_given(self) -> None:
        usual = ["--input-topic", "test-topic", "--output-topic", "linked-topic"]
        usual += ["--chains-topic", "chains-topic", "--rejects-topic", "rejected-topic"]
        self.assertEqual(read_plan([]).topics, usual)
        self.assertIn("mine", read_plan(["--chains-topic", "mine"]).topics)

    def test_spans_are_written_where_a_zipkin_is_asked_for(self) -> None:
        folder = Path("/nowhere")
        self.assertEqual(read_plan([]).outputs(folder).job, [])
        spans = ["--outputs", "links,chains,spans", "--spans-format", "zipkin"]
        self.assertEqual(read_plan(["--zipkin"]).outputs(folder).job, spans)
        self.assertEqual(read_plan(["--zipkin"]).topics[-2:], ["--spans-topic", "zipkin"])
        self.assertEqual(read_plan(["--zipkin", "--spans-topic", "mine"]).topics[-1], "mine")
        self.assertIn("test-topic; give each a name", self.refused("--zipkin", "--spans-topic", "test-topic"))

    def test_of_a_bounded_run_all_outputs_are_written_and_compared_by_the_same_rules(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            plan = read_plan(["--calls", "5", "--alerts-topic", "mine"])
            outputs = plan.outputs(Path(folder))
            rules = str(Path(folder) / "alert-rules.yaml")
            self.assertIn("latency-rose", Path(rules).read_text())
        for options, name in ((outputs.job, "--alerts"), (outputs.verify, "--alert-rules")):
            self.assertEqual(options[:2], ["--outputs", "links,chains,edges,spans,alerts"])
            self.assertEqual(options[-2:], [name, rules])
        self.assertEqual(plan.topics[-4:], ["--alerts-topic", "mine", "--spans-topic", "otlp_spans"])

    def test_two_topics_of_one_name_are_refused(self) -> None:
        names = "test-topic, linked-topic, linked-topic, rejected-topic"
        self.assertEqual(
            self.refused("--chains-topic", "linked-topic"), f"the topics are {names}; give each a name of its own"
        )

    def test_an_address_without_a_port_is_refused(self) -> None:
        for wrong in ("kafka", "kafka:", ":9092", "kafka:x", ""):
            self.assertEqual(self.refused("--bootstrap", wrong), f"--bootstrap needs HOST:PORT, not '{wrong}'")

    def test_an_address_at_which_nobody_answers_is_told_at_once(self) -> None:
        for wrong in ("127.0.0.1:1", "127.0.0.1:99999"):
            with self.assertRaisesRegex(Failure, f"no broker answers at {wrong}"):
                reach(wrong)


class TestOrder(unittest.TestCase):
    def test_what_is_wrong_is_told_before_anything_is_fetched_or_built(self) -> None:
        for wrong in (["--bootstrap", "127.0.0.1:1"], ["--java", "/nowhere"]):
            with patch("rigs.tools.get_all") as set_up, patch("sys.stderr"):
                self.assertEqual(main(wrong), 1)
                set_up.assert_not_called()


class TestShown(unittest.TestCase):
    def test_a_job_that_says_nothing_yet_has_dashes(self) -> None:
        expected = "12:00:00  read -  linked -  chains -  rejected -  duplicates -  lag -"
        self.assertEqual(status_line("12:00:00", Metrics()), expected)

    def test_figures_are_grouped_by_thousands(self) -> None:
        metrics = Metrics(
            {
                "read": 12_345,
                "written": 1000,
                "Chain.written": 300,
                "duplicates": 7,
                "rejected.late": 2,
                "watermarkLagMs": 900,
            }
        )
        expected = "12:00:00  read 12,345  linked 1,000  chains 300  rejected 2 (late 2)  duplicates 7  lag 0.9 s"
        self.assertEqual(status_line("12:00:00", metrics), expected)

    def test_the_summary_has_the_figures_of_the_job(self) -> None:
        lines = summary(Metrics({"read": 3, "written": 2, "links": 1, "duplicates": 0}), 61.4)
        self.assertEqual(lines[1:3], ["calls read   3", "  linked     2   with 1 links"])
        self.assertIn("time         61 s", lines)


class TestChains(unittest.TestCase):
    def test_a_chain_of_several_calls_is_drawn_and_the_next_one_only_after_a_while(self) -> None:
        calls = SimpleNamespace(build=SimpleNamespace(has_command=lambda: True))
        chain = '{"chain":"a","calls":%d,"hops":[]}'
        with patch("rigs.run.live._show_chain") as shown, patch("rigs.run.live.say") as said:
            _show_some(calls, [chain % 1, chain % 4, chain % 5])  # type: ignore[arg-type]
        shown.assert_called_once_with(calls, chain % 4)
        said.assert_not_called()

    def test_no_chain_is_drawn_before_there_is_the_command_that_draws(self) -> None:
        calls = SimpleNamespace(build=SimpleNamespace(has_command=lambda: False))
        with patch("rigs.run.live._show_chain") as shown:
            _show_some(calls, ['{"chain":"a","calls":4,"hops":[]}'])  # type: ignore[arg-type]
        shown.assert_not_called()

    def test_chains_are_drawn_without_colours_where_there_is_no_terminal(self) -> None:
        with patch("sys.stdout", SimpleNamespace(isatty=lambda: False, encoding="utf-8")):
            command = show(Path("callweave"), Path("chains"))
        self.assertEqual(command[:3], [Path("callweave"), "show", Path("chains")])
        self.assertEqual(command[-2:], ["--color", "never"])

    def test_a_terminal_that_is_not_utf8_gets_ascii(self) -> None:
        with patch("sys.stdout", SimpleNamespace(isatty=lambda: True, encoding="ascii")):
            self.assertEqual(show(Path("callweave"), Path("chains"))[-1], "--ascii")
