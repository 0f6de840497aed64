"""What the benchmarks compare, and when they refuse to."""

from __future__ import annotations

import json
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

from rigs.bench.bench import Bench
from rigs.bench.bench_cluster import BenchCluster
from rigs.bench.command import read_plan
from rigs.bench.figures import figures
from rigs.bench.kafka import CALLWEAVE, PASS_THROUGH, written_of_backlog
from rigs.bench.memory import read_kernel, run_line
from rigs.bench.realtime import Seen
from rigs.bench.rows import (
    Delays,
    GrowthRow,
    JobRow,
    KafkaRow,
    KernelRow,
    RealtimeRow,
    Row,
    StateRow,
    read_delays,
    read_job_row,
    read_lines,
)
from rigs.bench.speeds import check, kernel_ns, per_cpu_s, ratios
from rigs.bench.tables import problems, show
from rigs.flink.fields import Object
from rigs.flink.model import Checkpoint
from rigs.messages import Failure

RUN = JobRow("mid", "callweave", 1, calls=9, written=9, rejected=0, hash="x", wall_s=1.0, cpu_s=2.0)
DELAYS = Delays(10, 0, None, None, None, None)
STREAM = RealtimeRow(
    rate=20_000,
    set="dense",
    sustained=False,
    taken=19_000,
    lag_begin_ms=500,
    lag_end_ms=9000,
    checkpoint_ms=[20, 40],
    checkpoint_bytes=[1 << 20],
    open=0,
    state_bytes=0,
    rss_bytes=1 << 30,
    wall_s=60,
    taskmanager_cpu_s=6,
    jobmanager_cpu_s=3,
    broker_cpu_s=12,
    delays=DELAYS,
)


class TestRows(unittest.TestCase):
    def test_lines_of_json_are_read_among_others(self) -> None:
        line = (
            '{"set":"mid","side":"a","round":1,"calls":9,"written":8,"rejected":1,"hash":"ff","wall_s":1.5,"cpu_s":2}'
        )
        (found,) = read_lines(f"a warning\n{line}\n")
        self.assertEqual(read_job_row(found), JobRow("mid", "a", 1, 9, 8, 1, "ff", 1.5, 2))

    def test_a_field_that_is_missing_or_null_is_told(self) -> None:
        for line in ("{}", '{"set": null}'):
            with self.assertRaisesRegex(ValueError, "'set' is None, not a text"):
                read_job_row(read_lines(line)[0])

    def test_delays_of_nothing_are_unknown(self) -> None:
        line = '{"read":10,"written":0,"min_ms":null,"p50_ms":null,"p99_ms":null,"max_ms":null}'
        self.assertEqual(read_delays(json.loads(line)), DELAYS)

    def test_a_kernel_without_figures_is_told(self) -> None:
        bounds: Object = {"lower_bound": 900.0, "upper_bound": 1100.0}
        estimates: Object = {"median": {"point_estimate": 1000.0, "confidence_interval": bounds}}
        benchmark: Object = {"group_id": "kernels/link", "function_id": None, "throughput": {"Elements": 10}}
        self.assertEqual(read_kernel("mid", benchmark, estimates), KernelRow("mid", "link", 10, 100, 90, 110))
        odd: list[Object] = [{}, {"median": None}, {"median": {"point_estimate": None, "confidence_interval": bounds}}]
        for none in odd:
            with self.assertRaises(ValueError):
                read_kernel("mid", benchmark, none)


class TestSpeeds(unittest.TestCase):
    def test_rounds_are_compared_one_by_one_and_the_warm_up_not(self) -> None:
        slow = replace(RUN, side="literal", cpu_s=20.0)
        rows = [replace(RUN, round=0), replace(slow, round=0), RUN, slow, replace(RUN, round=2)]
        self.assertEqual(ratios(rows, "callweave", "literal", per_cpu_s), [10.0])

    def test_the_cpu_of_kafka_is_that_of_both(self) -> None:
        self.assertEqual(KafkaRow("mid", "a", 1, 10, 1.0, 3.0, 2.0).cpu_s, 5.0)

    def test_sides_that_did_the_same_have_no_problem(self) -> None:
        self.assertEqual(check([RUN, replace(RUN, side="literal")]), [])

    def test_a_side_that_lost_calls_or_wrote_others_is_told(self) -> None:
        wrong = check([RUN, replace(RUN, side="b", hash="y"), replace(RUN, written=8)])
        lost = "mid, callweave: 8 of 9 calls were written, 0 rejected"
        self.assertEqual(wrong, [lost, "mid: of 9 calls b, callweave wrote different ones"])

    def test_in_growth_only_the_rounds_of_one_side_must_be_alike(self) -> None:
        one = GrowthRow("ids", "counter", 1, 9, 9, 0, "x", 1.0, 1.0)
        self.assertEqual(problems([one, replace(one, side="uuid", hash="y")]), [])
        self.assertEqual(len(problems([one, replace(one, round=2, hash="y")])), 1)

    def test_together_is_all_where_that_is_measured_or_else_the_sum(self) -> None:
        parts = [KernelRow("mid", name, 1, 100.0, 0, 0) for name in ("parse", "route", "link", "assemble")]
        self.assertEqual(kernel_ns(parts), 300.0)
        self.assertEqual(kernel_ns([*parts, KernelRow("mid", "all", 1, 250.0, 0, 0)]), 250.0)

    def test_the_job_writes_what_stands_behind_a_backlog_with_the_next_one(self) -> None:
        rounds = range(3)
        job = sum(written_of_backlog(CALLWEAVE, number, 1000) for number in rounds)
        self.assertEqual(job + 200, sum(written_of_backlog(PASS_THROUGH, number, 1000) for number in rounds))

    def test_the_figures_for_programs_have_both_yardsticks_and_the_best_options(self) -> None:
        parts = [KernelRow("mid", name, 1, ns, 0, 0) for name, ns in (("all", 800.0), ("all-best", 500.0))]
        literal = replace(RUN, side="literal-rocksdb", cpu_s=60.0)
        jobs = [RUN, replace(RUN, side="callweave-best", cpu_s=1.0), literal]
        side = KafkaRow("mid", "callweave", 1, 10, 1.0, 3.0, 2.0)
        copies = [replace(side, side=f"{kind}pass-through", flink_cpu_s=0.5) for kind in ("stock-", "")]
        found = figures([*parts, *jobs, side, *copies])
        for name, figure in (
            ("kernels_mcalls_per_core", 1.25),
            ("kernels_mcalls_per_core_best", 2.0),
            ("job_over_literal_rocksdb", 30.0),
            ("job_over_literal_rocksdb_best", 60.0),
            ("kafka_over_stock_pass_through", 0.5),
            ("kafka_over_pass_through", 0.5),
        ):
            self.assertEqual(found[name], {"mid": figure}, name)


class TestStreams(unittest.TestCase):
    def test_a_checkpoint_counts_once(self) -> None:
        seen = Seen()
        for number in (None, 1, 1, 2):
            seen.see(10, 100, Checkpoint(number, 1, 20, 300))
        self.assertEqual((seen.checkpoint_ms, seen.lags_ms), ([20, 20], [10] * 4))
        self.assertTrue(seen.is_whole())

    def test_what_nobody_tells_is_no_measurement(self) -> None:
        seen = Seen()
        seen.see(None, None, None)
        seen.see(None, None, Checkpoint(1, 1, None, 300))
        self.assertFalse(seen.is_whole())
        self.assertEqual((seen.highest_rss, seen.checkpoint_bytes), (0, []))


class TestShown(unittest.TestCase):
    def test_each_benchmark_that_has_rows_has_a_table(self) -> None:
        parts = [KernelRow("mid", name, 1, 100.0, 90.0, 110.0) for name in ("route", "link", "assemble")]
        side = KafkaRow("mid", "callweave", 1, 10, 1.0, 3.0, 2.0)
        rows: list[Row] = [*parts, RUN, replace(RUN, side="literal-heap", cpu_s=4.0), StateRow("mid", 2, 99), side]
        rows += [replace(side, side="pass-through"), GrowthRow("ids", "uuid", 1, 9, 9, 0, "x", 1.0, 1.0), STREAM]
        lines = show(rows)
        for title in ("Kernels:", "Job and", "State:", "Kafka to", "Growth:", "Real time:", "no rate was sustained"):
            self.assertEqual(sum(line.startswith(title) for line in lines), 1, title)
        self.assertIn(["mid", "together", "300", "3.33"], [line.split() for line in lines])

    def test_a_stream_that_wrote_nothing_has_dashes(self) -> None:
        line = next(line for line in show([STREAM]) if line.lstrip().startswith("20,000"))
        self.assertEqual(line.split()[7:10], ["-", "-", "-"])

    def test_the_figures_have_ratios_by_set(self) -> None:
        rows: list[Row] = [RUN, replace(RUN, side="literal-heap", cpu_s=5.0), StateRow("mid", 2, 99), STREAM]
        found = figures(rows)
        self.assertEqual(found["job_over_literal_heap"], {"mid": 2.5})
        self.assertEqual(found["job_over_literal_rocksdb"], {})
        self.assertEqual(found["state_bytes_per_open_call"], {"mid": 49.5})
        realtime = json.loads(json.dumps(found["realtime"]))
        self.assertEqual((realtime[0]["bench"], realtime[0]["delays"]["p50_ms"]), ("realtime", None))


class TestPlan(unittest.TestCase):
    def test_quick_changes_what_is_not_given(self) -> None:
        self.assertEqual((read_plan(["--quick"]).rates, read_plan(["--quick"]).minutes), ([20_000], 1))
        self.assertEqual(read_plan(["--quick", "--minutes", "7"]).minutes, 7)
        self.assertEqual(read_plan(["kafka"]).names, ["kafka"])
        self.assertEqual(len(read_plan([]).names), 7)

    def test_rates_are_numbers_with_commas_between(self) -> None:
        self.assertEqual(read_plan(["--rates", "1,20"]).rates, [1, 20])
        for wrong in ("", "0", "1,", "1, 2", "1;2"):
            with self.assertRaisesRegex(Failure, "--rates needs numbers with commas between"):
                read_plan(["--rates", wrong])

    def test_a_run_is_a_line_for_the_programs_of_java(self) -> None:
        line = run_line("mid", "a", "callweave", Path("/f"), 1, 2, ["--parallelism=2"])
        self.assertEqual(line, "mid a callweave /f 1 2 --outputs=links --parallelism=2")


class TestBenchCluster(unittest.TestCase):
    def test_benchmarks_share_a_broker_and_each_set_has_a_new_cluster(self) -> None:
        bench = Bench(mock.Mock(), mock.Mock(), read_plan([]), Path("callweave"), cores=2)
        builds = mock.patch.multiple("rigs.bench.bench_cluster", build_bench_jar=mock.DEFAULT, cargo_build=mock.DEFAULT)
        with builds, mock.patch("rigs.trials.set_up") as set_up:
            for _ in ("kafka", "realtime"):
                BenchCluster(bench).start_cluster()
        set_up.assert_called_once()
        cluster = set_up.return_value.cluster
        self.assertEqual([call[0] for call in cluster.method_calls], ["stop", "start"])
