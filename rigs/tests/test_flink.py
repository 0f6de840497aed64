"""What Flink's REST interface says is read as it is meant, also where it says odd things."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from rigs.flink.configuration import Shape, setting, write_configuration
from rigs.flink.daemons import JOBMANAGER, TASKMANAGER, forget_highest_rss, highest_rss_bytes, is_daemon, rss_bytes
from rigs.flink.job import folder_bytes
from rigs.flink.metrics import Metrics, add_up, read_aggregates, wanted
from rigs.flink.model import (
    Checkpoint,
    Job,
    began_after,
    read_failure,
    read_free_slots,
    read_taskmanager_ports,
    restored_from,
)
from rigs.flink.plugins import with_plugins
from rigs.flink.rest import HEAP, Rest
from rigs.tools import Java

JOB = "0" * 32


def rest(**answers: object) -> Rest:
    """One that answers a path by its last part, and nothing else."""

    def fetch(path: str) -> object:
        return answers.get(path.partition("?")[0].rpartition("/")[2])

    return Rest("http://unused", fetch)


class TestJob(unittest.TestCase):
    def test_state_vertices_and_the_last_start_of_a_task_are_read(self) -> None:
        vertices = [{"id": "a", "start-time": 7}, {"id": "b", "start-time": 9}, {"id": "c", "start-time": -1}]
        job = Job.read(
            {"state": "RUNNING", "start-time": 5, "vertices": vertices, "plan": {"id": "x", "start-time": 99}}
        )
        self.assertEqual(job, Job("RUNNING", ("a", "b", "c"), 9))
        self.assertFalse(job.is_over)

    def test_a_job_that_nobody_knows_is_over_and_has_no_tasks(self) -> None:
        self.assertTrue(rest().job(JOB).is_over)
        self.assertEqual(rest().metrics(JOB), Metrics())
        self.assertFalse(rest().source_is_pressed(JOB, 2))

    def test_null_and_other_types_are_as_good_as_missing(self) -> None:
        odd: list[object] = [None, [], "text", {"state": None, "vertices": None}]
        odd.append({"state": 1, "vertices": [None, {"id": 2}]})
        for none in odd:
            self.assertEqual(Job.read(none), Job(None, (), None))

    def test_a_job_that_restarts_is_not_over(self) -> None:
        for state in ("RESTARTING", "CREATED", "FAILING", "CANCELLING"):
            self.assertFalse(Job.read({"state": state}).is_over)
        for state in ("FAILED", "CANCELED", "FINISHED"):
            self.assertTrue(Job.read({"state": state}).is_over)


class TestCheckpoints(unittest.TestCase):
    def test_the_last_completed_one_is_read(self) -> None:
        completed = {"id": 4, "trigger_timestamp": 1000, "end_to_end_duration": 20, "state_size": 300, "x": {"id": 1}}
        latest = {"completed": completed, "savepoint": None, "failed": None, "restored": {"id": 3}}
        self.assertEqual(Checkpoint.read_last({"latest": latest}), Checkpoint(4, 1000, 20, 300))

    def test_before_the_first_one_there_is_none(self) -> None:
        for none in (None, {}, {"latest": None}, {"latest": {"completed": None}}):
            self.assertIsNone(Checkpoint.read_last(none))
            self.assertFalse(began_after(Checkpoint.read_last(none), 0))

    def test_a_job_tells_what_it_was_restored_from(self) -> None:
        self.assertEqual(restored_from({"latest": {"restored": {"external_path": "file:/c/chk-3"}}}), "file:/c/chk-3")
        self.assertIsNone(restored_from({"latest": {"restored": None}}))

    def test_only_one_that_began_after_the_harm_shows_a_recovery(self) -> None:
        for began_ms, shows in ((999, False), (1000, False), (1001, True), (None, False)):
            self.assertEqual(began_after(Checkpoint(1, began_ms, 1, 1), 1000), shows)


class TestPlugins(unittest.TestCase):
    def test_a_distribution_with_plugins_is_another_one_whose_scripts_are_its_own(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            stock = Path(folder) / "flink"
            for name in ("bin/flink", "lib/flink-dist.jar", "plugins/metrics/metrics.jar", "s3.jar"):
                (stock / name).parent.mkdir(parents=True, exist_ok=True)
                (stock / name).write_text(name)
            made = with_plugins(stock, Path(folder) / "with", [stock / "s3.jar"])
            self.assertEqual((made / "plugins" / "s3" / "s3.jar").read_text(), "s3.jar")
            self.assertTrue((made / "plugins" / "metrics" / "metrics.jar").is_file())
            self.assertTrue((made / "lib" / "flink-dist.jar").is_symlink())
            self.assertFalse((made / "bin" / "flink").is_symlink())
            self.assertFalse((stock / "plugins" / "s3").exists())


class TestFailures(unittest.TestCase):
    def test_the_lines_without_stack_frames_are_read(self) -> None:
        text = 'java.lang.X: "why"\n\tat a.b(C.java)\nCaused by: y\n\t... 9 more\n'
        self.assertEqual(read_failure({"root-exception": text}), ['java.lang.X: "why"', "Caused by: y"])

    def test_eight_lines_are_enough(self) -> None:
        self.assertEqual(len(read_failure({"root-exception": "cause\n" * 50})), 8)

    def test_a_job_that_never_failed_has_none(self) -> None:
        for none in (None, {}, {"root-exception": None}):
            self.assertEqual(read_failure(none), [])


class TestTaskManagers(unittest.TestCase):
    def test_they_are_told_by_the_port_in_their_id(self) -> None:
        ids = ["127.0.0.1:14086-ab12cd", "(unassigned)", None, "named"]
        found = read_taskmanager_ports({"subtasks": [{"taskmanager-id": name} for name in ids]})
        self.assertEqual(found, [14086])

    def test_a_daemon_is_told_by_its_configuration_and_main_class(self) -> None:
        conf = Path("/run/1/conf")
        words = ["java", "-Dlog4j.configurationFile=file:/run/1/conf/log4j.properties", TASKMANAGER]
        self.assertTrue(is_daemon(words, conf, TASKMANAGER))
        self.assertFalse(is_daemon(words, conf, JOBMANAGER))
        self.assertFalse(is_daemon(words, Path("/run/11/conf"), TASKMANAGER))
        self.assertFalse(is_daemon(["grep", " ".join(words)], conf, TASKMANAGER))

    def test_the_highest_memory_is_that_since_it_was_forgotten(self) -> None:
        block = bytearray(b"1") * (64 << 20)
        with_block = highest_rss_bytes(os.getpid()) or 0
        del block
        self.assertGreaterEqual(with_block, rss_bytes(os.getpid()) or 0)
        forget_highest_rss(os.getpid())
        self.assertLess(highest_rss_bytes(os.getpid()) or 0, with_block - (32 << 20))

    def test_the_memory_of_the_first_is_read_as_far_as_it_is_told(self) -> None:
        metrics = [{"id": HEAP, "value": "77"}, {"id": "other", "value": "NaN"}, {"id": None, "value": "1"}]
        self.assertEqual(
            rest(taskmanagers={"taskmanagers": [{"id": "tm"}]}, metrics=metrics).taskmanager_memory(), {HEAP: 77}
        )
        self.assertEqual(rest(taskmanagers={"taskmanagers": []}).taskmanager_memory(), {})
        self.assertEqual(rest().taskmanager_memory(), {})


class TestMetrics(unittest.TestCase):
    def test_only_those_that_are_shown_are_asked_for(self) -> None:
        ids = [
            "Route.callweave.read",
            "Route.callweave.reason.late.rejected",
            "Route.numRecordsIn",
            "Link.x.block-cache-usage",
        ]
        ids += ["Route.callweave.readers", "Link.callweave.kernelMs"]
        self.assertEqual(wanted(ids), [ids[0], ids[1], ids[3]])

    def test_counts_are_summed_over_vertices_and_a_lag_is_that_of_the_slowest_subtask(self) -> None:
        vertex = [
            {"id": "Route.callweave.read", "sum": 5.0, "max": 3.0},
            {"id": "Route.callweave.watermarkLagMs", "sum": 900.0, "max": 700.0},
        ]
        other = [{"id": "Link.callweave.openCalls", "sum": 2, "max": 2}, {"id": "Assemble.callweave.read", "sum": 1}]
        metrics = add_up([read_aggregates(vertex), read_aggregates(other)])
        self.assertEqual(metrics.values, {"read": 6, "watermarkLagMs": 700, "Link.openCalls": 2})

    def test_nan_null_and_what_is_missing_are_not_reported(self) -> None:
        odd = [
            {"id": "Route.callweave.read", "sum": float("nan")},
            {"id": "Route.callweave.written", "sum": "NaN"},
            {"id": "Route.callweave.links", "sum": None},
            {"id": "Route.callweave.duplicates"},
            {"id": None, "sum": 1},
            "text",
        ]
        self.assertEqual(read_aggregates(odd), [])
        self.assertEqual(read_aggregates(None), [])

    def test_no_call_is_open_only_where_both_operators_say_so(self) -> None:
        both = {"Link.openCalls": 0, "Assemble.openCalls": 0}
        self.assertTrue(Metrics(both).no_call_is_open)
        self.assertFalse(Metrics({**both, "Link.openCalls": 1}).no_call_is_open)
        for name in both:
            self.assertFalse(Metrics({name: 0}).no_call_is_open)
        self.assertFalse(Metrics().no_call_is_open)

    def test_all_is_out_once_all_is_read_and_nothing_waits(self) -> None:
        done = {"read": 10, "Link.openCalls": 0, "Assemble.openCalls": 0}
        self.assertTrue(Metrics(done).all_is_out(10))
        self.assertFalse(Metrics(done).all_is_out(11))
        self.assertFalse(Metrics({**done, "Assemble.openCalls": 3}).all_is_out(10))

    def test_rejects_are_told_with_the_reasons_that_there_were(self) -> None:
        self.assertEqual(Metrics().rejected(), "-")
        self.assertEqual(Metrics({"rejected.late": 0, "rejected.invalid": 0}).rejected(), "0")
        counts = {"rejected.late": 8, "rejected.future": 0, "rejected.invalid": 1204}
        self.assertEqual(Metrics(counts).rejected(), "1,212 (invalid 1,204, late 8)")

    def test_before_the_first_call_there_is_no_lag(self) -> None:
        self.assertEqual(Metrics({"watermarkLagMs": -1}).lag(), "-")
        self.assertIsNone(Metrics({"wallClockLagMs": -1}).lag_ms("wallClockLagMs"))
        self.assertEqual(Metrics({"watermarkLagMs": 30_140}).lag(), "30.1 s")

    def test_back_pressure_of_any_subtask_of_the_source_counts(self) -> None:
        def answer(*values: str) -> Rest:
            metrics = [{"id": f"{number}.isBackPressured", "value": value} for number, value in enumerate(values)]
            return rest(**{JOB: {"vertices": [{"id": "source"}, {"id": "sink"}]}, "metrics": metrics})

        self.assertTrue(answer("false", "true").source_is_pressed(JOB, 2))
        self.assertFalse(answer("false", "false").source_is_pressed(JOB, 2))
        self.assertFalse(answer().source_is_pressed(JOB, 2))

    def test_restarts_that_nobody_tells_are_not_none_of_them(self) -> None:
        self.assertEqual(rest(metrics=[{"id": "numRestarts", "value": "0"}]).restarts(JOB), 0)
        for unknown in (None, [], [{"id": "numRestarts", "value": "NaN"}], [{"id": "numRestarts"}]):
            self.assertIsNone(rest(metrics=unknown).restarts(JOB))

    def test_slots_that_nobody_tells_are_not_free(self) -> None:
        self.assertEqual(read_free_slots({"slots-available": 4, "slots-total": 8}), 4)
        self.assertEqual(read_free_slots(None), 0)


class TestConnections(unittest.TestCase):
    def test_a_cluster_that_does_not_answer_says_nothing(self) -> None:
        nobody = Rest("http://127.0.0.1:1")
        self.assertFalse(nobody.answers())
        self.assertFalse(nobody.cancel(JOB))
        self.assertIsNone(nobody.job(JOB).state)
        self.assertFalse(Rest("http://127.0.0.1:None").answers())


class TestConfiguration(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "stock" / "conf").mkdir(parents=True)
        (self.folder / "stock" / "conf" / "flink-conf.yaml").write_text("rest.port: 8081\n")

    def write(self, java: Java, shape: Shape) -> str:
        conf = write_configuration(self.folder / "stock", self.folder / "cluster", java, shape)
        return (conf / "flink-conf.yaml").read_text()

    def test_all_listens_on_the_loopback_on_ports_of_its_own(self) -> None:
        text = self.write(Java(Path("/java"), 17), Shape(1, 3, settings=("a.b=c=d",)))
        ports = [setting(text, name) for name in ("jobmanager.rpc.port", "blob.server.port", "rest.port")]
        self.assertEqual(len({"8081", *ports}), 4)
        for address in ("jobmanager.bind-host", "rest.bind-address", "taskmanager.bind-host"):
            self.assertEqual(setting(text, address), "127.0.0.1")
        self.assertEqual(setting(text, "taskmanager.numberOfTaskSlots"), "3")
        self.assertEqual(setting(text, "a.b"), "c=d")
        self.assertIsNone(setting(text, "high-availability"))

    def test_what_is_temporary_is_in_the_folder_of_the_cluster(self) -> None:
        text = self.write(Java(Path("/java"), 17), Shape(1, 1))
        for name in ("io.tmp.dirs", "web.tmpdir"):
            self.assertEqual(setting(text, name), f"{self.folder}/cluster/tmp")

    def test_java_8_gets_no_module_flags(self) -> None:
        self.assertIsNone(setting(self.write(Java(Path("/java"), 8), Shape(1, 1)), "env.java.opts"))
        opens = setting(self.write(Java(Path("/java"), 11), Shape(1, 1)), "env.java.opts")
        self.assertIn("--add-opens=java.base/java.util=ALL-UNNAMED", opens or "")

    def test_a_setting_of_the_caller_goes_before_those_here(self) -> None:
        text = self.write(Java(Path("/java"), 8), Shape(1, 1, settings=("taskmanager.numberOfTaskSlots=9",)))
        self.assertEqual(setting(text, "taskmanager.numberOfTaskSlots"), "9")

    def test_with_zookeeper_the_jobmanager_comes_back_on_its_port(self) -> None:
        text = self.write(Java(Path("/java"), 8), Shape(1, 1, with_zookeeper=True))
        self.assertEqual(setting(text, "high-availability.jobmanager.port"), setting(text, "jobmanager.rpc.port"))
        zoo = (self.folder / "cluster" / "conf" / "zoo.cfg").read_text()
        port = (setting(text, "high-availability.zookeeper.quorum") or "").rpartition(":")[2]
        self.assertIn(f"clientPort={port}\n", zoo)

    def test_the_size_of_a_folder_that_is_not_there_is_unknown(self) -> None:
        self.assertIsNone(folder_bytes(self.folder / "none"))
        (self.folder / "stock" / "a").write_bytes(b"x" * 100)
        self.assertGreaterEqual(folder_bytes(self.folder / "stock") or 0, 116)
