"""What is wrong with a compose file, an image or a container is told, one sentence each."""

from __future__ import annotations

import re
import unittest

from rigs.collector import CONFIGURATION
from rigs.compose.images import DEBIAN, FLINK, OF_JAEGER, OFFICIAL, OURS
from rigs.compose.judgement import (
    Container,
    config_complaints,
    container_complaints,
    image_complaints,
    running_jobs,
    targets_up,
)
from rigs.flink.fields import Object
from rigs.parts import LISTS
from rigs.runs import ROOT

GOOD = {
    "image": "apache/kafka:3.9.1",
    "restart": "unless-stopped",
    "healthcheck": {"test": ["CMD", "true"]},
    "ports": [{"host_ip": "127.0.0.1", "published": "9092"}],
}


def complaints(**changes: object) -> list[str]:
    return config_complaints({"services": {"kafka": {**GOOD, **changes}}}, ["kafka"])


class TestConfig(unittest.TestCase):
    def test_a_good_service_has_no_complaint(self) -> None:
        self.assertEqual(complaints(), [])

    def test_a_port_that_other_machines_reach_is_told(self) -> None:
        self.assertEqual(complaints(ports=[{"published": "9092"}]), ["kafka: port 9092 is open to other machines"])

    def test_an_image_without_a_version_is_told(self) -> None:
        self.assertEqual(complaints(image="apache/kafka"), ["kafka: the image 'apache/kafka' has no fixed version"])

    def test_what_does_not_end_must_be_watched_and_started_again(self) -> None:
        self.assertEqual(complaints(healthcheck=None), ["kafka: there is no health check"])
        self.assertEqual(complaints(restart="no"), ["kafka: it is not started again after a failure"])

    def test_one_whose_image_can_ask_nothing_need_not_be_watched_but_started_again(self) -> None:
        services: Object = {"collector": {**GOOD, "healthcheck": None, "restart": "no"}}
        told = config_complaints({"services": services}, ["collector"], ["collector"])
        self.assertEqual(told, ["collector: it is not started again after a failure"])


class TestContainers(unittest.TestCase):
    def test_all_must_be_healthy_and_the_short_ones_done(self) -> None:
        broker, topics = Container("kafka", "running", "healthy", 0), Container("topics", "exited", "", 0)
        self.assertEqual(container_complaints([broker, topics], ["kafka"], ["topics"]), [])

    def test_each_that_is_not_is_told(self) -> None:
        broker, topics = Container("kafka", "running", "starting", 0), Container("topics", "exited", "", 1)
        told = container_complaints([broker, topics], ["kafka", "grafana"], ["topics"])
        self.assertEqual(told, ["kafka: running starting", "grafana: there is no container", "topics: exited 1"])

    def test_every_replica_counts(self) -> None:
        two = [Container("taskmanager", "running", health, 0) for health in ("healthy", "unhealthy")]
        self.assertEqual(container_complaints(two, ["taskmanager"], []), ["taskmanager: running unhealthy"])

    def test_a_line_of_ps_is_read(self) -> None:
        line = {"Service": "kafka", "State": "running", "Health": "healthy", "ExitCode": 0}
        self.assertEqual(Container.read(line), Container("kafka", "running", "healthy", 0))


BASE = {"Size": 100, "Config": {"Env": ["PATH=/bin"], "User": ""}}


class TestImage(unittest.TestCase):
    def told(self, size: int = 105, user: str = "9999:9999", env: tuple[str, ...] = ("PATH=/bin",)) -> list[str]:
        image = {"Size": size, "Config": {"Env": list(env), "User": user}}
        return image_complaints(image, BASE, jar_bytes=5)

    def test_flinks_user_and_the_jar_alone_are_right(self) -> None:
        self.assertEqual(self.told(), [])

    def test_each_fault_is_told(self) -> None:
        self.assertEqual(self.told(user="root"), ["it runs as 'root', not as 9999:9999"])
        self.assertEqual(self.told(env=("PATH=/bin", "PASSWORD=x")), ["it has an environment of its own"])
        self.assertEqual(self.told(size=100_105), ["it adds 100005 bytes to Flink's image, and the jar has 5"])


class TestAnswers(unittest.TestCase):
    def test_only_jobs_that_run_are_named(self) -> None:
        overview = {"jobs": [{"jid": "a", "state": "CANCELED"}, {"jid": "b", "state": "RUNNING"}]}
        self.assertEqual(running_jobs(overview), ["b"])

    def test_targets_that_are_down_do_not_count(self) -> None:
        targets = [{"labels": {"job": "flink"}, "health": health} for health in ("up", "down", "up")]
        self.assertEqual(targets_up({"data": {"activeTargets": targets}}), {"flink": 2})


class TestNames(unittest.TestCase):
    def test_stand_ins_have_the_names_that_are_asked_for(self) -> None:
        files = [(ROOT / name).read_text() for name in ("docker-compose.yml", "Dockerfile.flink")]
        for name in (*OFFICIAL.values(), *OF_JAEGER.values(), *OURS.values(), DEBIAN, FLINK):
            self.assertTrue(any(name in text for text in files), name)

    def test_what_go_builds_is_of_the_version_that_the_image_has(self) -> None:
        modules = {"jaeger": "github.com/jaegertracing/jaeger", "collector": "receiver/kafkareceiver"}
        for name, module in modules.items():
            version = OF_JAEGER[name].rpartition(":")[2]
            self.assertRegex((LISTS / name / "go.mod").read_text(), rf"{module} v{re.escape(version)}\b")

    def test_what_the_collector_is_told_by_its_environment_is_in_its_configuration(self) -> None:
        service = (ROOT / "docker-compose.yml").read_text().partition("\n  collector:\n")[2].partition("\n\n")[0]
        told = re.findall(r"^      ([A-Z_]+): ", service, re.MULTILINE)
        self.assertIn("KAFKA_BOOTSTRAP", told)
        for name in told:
            self.assertIn(f"${{env:{name}:-", CONFIGURATION.read_text())

    def test_what_is_mounted_can_be_run(self) -> None:
        for script in (ROOT / "deploy" / "compose").iterdir():
            self.assertTrue(script.read_text().startswith("#!/usr/bin/env bash\n"), script)


if __name__ == "__main__":
    unittest.main()
