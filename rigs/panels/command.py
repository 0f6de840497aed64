"""The run of scripts/panels-check."""

from __future__ import annotations

from typing import Sequence

from rigs.flink.configuration import Shape
from rigs.kafka.load import simulate
from rigs.messages import Failure, say, show_tail, step, warn
from rigs.options import Options
from rigs.panels.judgement import Judgement, judge_alerts, judge_documentation, judge_queries, together
from rigs.panels.queries import panel_queries, read_documented
from rigs.panels.server import Prometheus, check_rules, dashboard
from rigs.parts import fetch_prometheus
from rigs.ports import free_pair
from rigs.processes import Child, wait_until
from rigs.run.local_run import TROUBLES
from rigs.runs import ROOT, Run, guarded
from rigs.trials import TestBed, set_up

USAGE = """\
Runs the job under live traffic on a stock Flink cluster and a Kafka broker, with a Prometheus that
scrapes it as deploy/prometheus says, and tells whether every panel of deploy/grafana and every alert
has the data that it asks for, and whether docs/metrics.md names the job's metrics.

Usage: scripts/panels-check [--rate CALLS_PER_S] [--minutes N]

  --rate R             calls a second (200)
  --minutes N          how long a query may be without data (5)
  --keep               keep logs and data of the run, below .local/run
  --help

An alert has no data until something fails: of it the series are asked for, and that it does not fire.
Exits 0 only if promtool's tests pass, every query returns data and no alert fires.
"""
OPTIONS = Options(command="panels-check", usage=USAGE, numbers=("--rate", "--minutes"), texts=(), flags=("--keep",))
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "callweave.json"
PAGE = ROOT / "docs" / "metrics.md"
PARALLELISM = 2
PARTITIONS = 5
POLL_S = 5
# All stages that have metrics of their own.
OUTPUTS = ("--outputs", "links,chains,edges,alerts", "--merge-reports=on")


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    rate, minutes = given.number("--rate") or 200, given.number("--minutes") or 5

    def body(run: Run) -> int:
        tools = fetch_prometheus(run)
        step("Testing the alerts with promtool")
        check_rules(run, tools)
        # The process that starts first takes the first port of the range: the JobManager.
        port = free_pair()
        testbed = set_up(run, Shape(1, PARALLELISM, settings=reporter(port)))
        prometheus = Prometheus(run, tools, {"jobmanager": port, "taskmanager": port + 1})
        prometheus.await_start()
        simulator = start_job(run, testbed, rate)
        step(f"{rate} calls a second; Prometheus is at {prometheus.url}")
        return report(Check(testbed, prometheus, simulator).await_data(minutes * 60))

    return guarded(body, "--keep" in given.flags)


def reporter(first_port: int) -> tuple[str, ...]:
    """Flink's settings for its Prometheus reporter."""
    factory = "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
    name = "metrics.reporter.prom"
    return "metrics.reporters=prom", f"{name}.factory.class={factory}", f"{name}.port={first_port}-{first_port + 1}"


def start_job(run: Run, testbed: TestBed, rate: int) -> Child:
    """The job and what writes its input, which is returned."""
    testbed.kafka.create_topic("calls-panels", PARTITIONS)
    traffic = ("--realtime", "--stream", "--rate", str(rate), "--seed", "1", *TROUBLES)
    command = simulate(testbed.callweave, testbed.broker.bootstrap, "calls-panels", *traffic)
    simulator = run.children.start_logged(command, run.log / "simulate.out")
    testbed.await_first_checkpoint(testbed.run_job("panels", PARALLELISM, OUTPUTS))
    return simulator


class Check:
    """Asks again until all have data."""

    def __init__(self, testbed: TestBed, prometheus: Prometheus, simulator: Child) -> None:
        self._testbed = testbed
        self._prometheus = prometheus
        self._simulator = simulator
        self._panels = panel_queries(dashboard(DASHBOARD))
        self._documented = read_documented(PAGE)
        if not self._panels:
            raise Failure(f"{DASHBOARD} has no panel with a query")

    def await_data(self, limit_s: float) -> Judgement:
        """What was found when nothing was missing any more, or the time was up."""
        wait_until(lambda: not self._judge().complaints, limit_s, self._goes_on, POLL_S)
        return self._judge()

    def _judge(self) -> Judgement:
        ask = self._prometheus.series
        records, alerts = self._prometheus.rules()
        if not alerts:
            return Judgement([], ["Prometheus has no alert yet"])
        found = judge_queries(self._panels, ask), judge_queries(records, ask), judge_alerts(alerts, ask)
        page = Judgement([], judge_documentation(self._prometheus.names(), self._documented))
        return together(*found, page)

    def _goes_on(self) -> bool:
        self._testbed.broker.check_alive()
        self._prometheus.check_alive()
        if not self._simulator.is_alive():
            show_tail(self._testbed.run.log.glob("simulate.out"))
            raise Failure("the simulator has ended: see above")
        return True


def report(judgement: Judgement) -> int:
    """Says all that was found; the exit code."""
    for line in judgement.lines:
        say(line)
    if judgement.complaints:
        for complaint in judgement.complaints:
            warn(complaint)
        raise Failure(f"{len(judgement.complaints)} of the queries and metrics are not as they have to be: see above")
    say(f"\n{len(judgement.lines)} queries of panels and rules have data, no alert fires, docs/metrics.md is complete")
    return 0
