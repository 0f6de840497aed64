"""What scripts/panels-check asks for, and what it takes for a fault."""

from __future__ import annotations

import json
import re
import unittest

from rigs.messages import Failure
from rigs.panels.command import DASHBOARD, OUTPUTS, PAGE
from rigs.panels.judgement import judge_alerts, judge_documentation, judge_queries, together
from rigs.panels.queries import (
    Alert,
    Query,
    local_configuration,
    panel_queries,
    read_documented,
    read_rules,
    series_of,
)
from rigs.panels.server import CONFIGURATION, count_series
from rigs.runs import ROOT
from rigs.trials import topics

RULES = (CONFIGURATION / "rules" / "callweave.yml").read_text()
ALERTS = re.findall(r"- alert: (\w+)", RULES)
OURS = "flink_taskmanager_job_task_operator_callweave_"


def nothing_has_data(_expression: str) -> int:
    return 0


def all_has_data(_expression: str) -> int:
    return 2


class TestQueries(unittest.TestCase):
    def test_every_query_of_every_panel_is_asked_in_order_of_the_page(self) -> None:
        folded = {"type": "row", "title": "Late?", "panels": [{"title": "b", "targets": [{"expr": "y"}]}]}
        panels = [
            {"type": "row", "title": "Up?", "panels": []},
            {"title": "a", "targets": [{"expr": "x"}, {"expr": "rate(z[$__rate_interval])"}]},
            folded,
        ]
        expected = [Query("Up? a", "x"), Query("Up? a", "rate(z[1m])"), Query("Late? b", "y")]
        self.assertEqual(panel_queries({"panels": panels}), expected)

    def test_a_variable_of_grafana_that_has_no_value_here_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, r"variable that is not known here: x\[\$other\]"):
            panel_queries({"panels": [{"title": "a", "targets": [{"expr": "x[$other]"}]}]})

    def test_rules_are_told_apart_by_what_prometheus_says_of_them(self) -> None:
        rules = [
            {"type": "recording", "name": "callweave:limit", "query": "vector(1)"},
            {"type": "alerting", "name": "Down", "query": "up == 0", "state": "inactive"},
            {"type": "alerting", "name": "Late", "query": "flink_lag > 1", "state": "firing"},
        ]
        records, alerts = read_rules({"data": {"groups": [{"rules": rules}]}})
        self.assertEqual(records, [Query("callweave:limit", "callweave:limit")])
        self.assertEqual(alerts, [Alert("Down", "up == 0", False), Alert("Late", "flink_lag > 1", True)])
        self.assertEqual(read_rules({}), ([], []))

    def test_labels_over_lines_and_words_of_the_language_are_no_series(self) -> None:
        expression = (
            'absent(flink_a{\n b="c"})\n or max by (job_name) (flink_a) <= 0 unless on () callweave:x group_left ()'
        )
        self.assertEqual(series_of(expression), ['flink_a{\n b="c"}', "flink_a", "callweave:x"])

    def test_names_become_ports_of_this_machine_in_the_configuration_that_is_shipped(self) -> None:
        text = (CONFIGURATION / "prometheus.yml").read_text()
        local = local_configuration(text, {"jobmanager": 7, "taskmanager": 8})
        self.assertIn("127.0.0.1:7", local)
        self.assertIn("127.0.0.1:8", local)
        self.assertNotIn("dns_sd", local)
        with self.assertRaisesRegex(Failure, "expected are"):
            local_configuration(text, {"jobmanager": 7})


class TestAnswers(unittest.TestCase):
    def test_a_series_without_a_number_is_no_data(self) -> None:
        self.assertEqual(count_series({"data": {"result": [{"value": [1, "NaN"]}, {"value": None}, "odd"]}}), 0)
        self.assertEqual(count_series({"data": {"result": [{"value": [1, "-1"]}, {"value": [1, "+Inf"]}]}}), 2)

    def test_a_refused_query_is_told_with_the_reason(self) -> None:
        self.assertEqual(count_series({"status": "error", "error": "parse error"}), "parse error")


class TestJudgement(unittest.TestCase):
    def test_a_query_without_data_is_a_fault(self) -> None:
        judgement = judge_queries([Query("panel", "x")], nothing_has_data)
        self.assertEqual((judgement.lines, judgement.complaints), ([], ["panel: x returns no data"]))

    def test_a_refused_query_is_a_fault_with_the_reason(self) -> None:
        judgement = judge_queries([Query("panel", "x")], lambda _: "parse error")
        self.assertEqual(judgement.complaints, ["panel: x is refused: parse error"])

    def test_an_alert_needs_its_series_and_not_that_it_fires(self) -> None:
        alert = Alert("Down", "flink_a > 1", False)
        good = judge_alerts([alert], all_has_data)
        self.assertEqual(good.complaints, [])
        self.assertIn("Down, which needs a failure to fire", good.lines[0])
        self.assertEqual(judge_alerts([alert], nothing_has_data).complaints, ["Down: flink_a returns no data"])

    def test_an_alert_that_fires_while_nothing_is_wrong_is_a_fault(self) -> None:
        judgement = judge_alerts([Alert("Down", "up == 0", True)], all_has_data)
        self.assertEqual((judgement.lines, len(judgement.complaints)), ([], 1))
        self.assertIn("Down fires", judgement.complaints[0])

    def test_an_alert_whose_series_nobody_knows_is_a_fault(self) -> None:
        self.assertEqual(len(judge_alerts([Alert("Odd", "other_metric > 1", False)], all_has_data).complaints), 1)

    def test_the_page_names_each_metric_of_the_job_and_no_other(self) -> None:
        served = [f"{OURS}a", f"{OURS}b", "flink_other"]
        self.assertEqual(judge_documentation(served, [f"{OURS}a", f"{OURS}b", "flink_more"]), [])
        complaints = judge_documentation(served, [f"{OURS}a", f"{OURS}c"])
        self.assertEqual(
            complaints,
            [f"{OURS}b is not in docs/metrics.md", f"{OURS}c is in docs/metrics.md, but the job has no such metric"],
        )

    def test_what_several_ask_for_is_missing_once(self) -> None:
        missing = judge_queries([Query("a", "x"), Query("a", "x")], nothing_has_data)
        self.assertEqual(together(missing, missing).complaints, ["a: x returns no data"])


class TestFiles(unittest.TestCase):
    """What is shipped holds together; promtool and a running job say the rest."""

    def test_each_alert_is_tested_when_it_fires_and_when_it_does_not(self) -> None:
        tests = "".join(file.read_text() for file in sorted((CONFIGURATION / "tests").glob("*.yml")))
        silent = set(re.findall(r"alertname: (\w+), exp_alerts: \[\]", tests))
        firing = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n +- exp_labels", tests))
        self.assertTrue(ALERTS)
        self.assertEqual((silent, firing), (set(ALERTS), set(ALERTS)))

    def test_each_alert_has_its_section_in_the_runbook(self) -> None:
        sections = re.findall(r"^### (Callweave\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
        self.assertEqual(sections, ALERTS)
        links = re.findall(r"runbook: docs/runbook.md#(\w+)", RULES)
        self.assertEqual(links, [name.lower() for name in ALERTS])

    def test_every_metric_that_a_panel_or_an_alert_reads_is_in_the_page_of_metrics(self) -> None:
        panels = "\n".join(query.expression for query in panel_queries(json.loads(DASHBOARD.read_text())))
        read = set(re.findall(r"flink_\w+", panels + "\n" + RULES))
        self.assertEqual(read - read_documented(PAGE), set())

    def test_the_panels_do_not_overlap(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(DASHBOARD.read_text())["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
            self.assertLessEqual(max(x for x, _ in cells), 23, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells


class TestJob(unittest.TestCase):
    def test_no_topic_is_named_twice(self) -> None:
        named = [word for word in (*topics("panels", "panels"), *OUTPUTS) if word.startswith("--")]
        self.assertEqual(len(named), len(set(named)))
