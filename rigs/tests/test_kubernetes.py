"""What an API server takes, but no cluster could run, is told, one sentence each."""

from __future__ import annotations

import unittest
from typing import Any

from rigs.kubernetes.judgement import Manifest, complaints
from rigs.kubernetes.variants import MANIFESTS, variants, with_components
from rigs.messages import Failure

LABELS = {"app.kubernetes.io/component": "taskmanager"}


def container(**changes: Any) -> Manifest:
    probe = {"tcpSocket": {"port": "rpc"}}
    sound = {
        "name": "flink",
        "image": "callweave-flink:1",
        "env": [{"name": "TASK_MANAGER_NUMBER_OF_TASK_SLOTS", "value": "2"}],
        "ports": [{"name": "rpc", "containerPort": 6122}],
        "resources": {"limits": {"memory": "4Gi"}},
        "securityContext": {"readOnlyRootFilesystem": True},
        **dict.fromkeys(("startupProbe", "livenessProbe", "readinessProbe"), probe),
    }
    return {name: value for name, value in {**sound, **changes}.items() if value is not None}


def taskmanager(*, volumes: list[Manifest] | None = None, **changes: Any) -> Manifest:
    pod = {"serviceAccountName": "callweave", "containers": [container(**changes)], "volumes": volumes or []}
    spec = {"replicas": 2, "template": {"metadata": {"labels": LABELS}, "spec": pod}}
    return {"kind": "Deployment", "metadata": {"name": "taskmanager"}, "spec": spec}


def service(port: str = "rpc", component: str = "taskmanager") -> Manifest:
    spec = {"selector": {"app.kubernetes.io/component": component}, "ports": [{"targetPort": port}]}
    return {"kind": "Service", "metadata": {"name": "taskmanager"}, "spec": spec}


def configuration(size: str = "3584m", parallelism: int = 4) -> Manifest:
    text = f"taskmanager.memory.process.size: {size}\nparallelism.default: {parallelism}\n"
    return {"kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"flink-conf.yaml": text}}


def judged(*manifests: Manifest) -> list[str]:
    account = {"kind": "ServiceAccount", "metadata": {"name": "callweave"}}
    kinds = {manifest["kind"] for manifest in manifests}
    others = [each for each in (taskmanager(), configuration()) if each["kind"] not in kinds]
    return complaints([account, *manifests, *others])


class TestComplaints(unittest.TestCase):
    def test_a_sound_cluster_has_none(self) -> None:
        self.assertEqual(judged(service()), [])

    def test_a_service_without_pods_is_told(self) -> None:
        (complaint,) = judged(service(component="worker"))
        self.assertIn("Service taskmanager selects pods with {'app.kubernetes.io/component': 'worker'}", complaint)

    def test_a_service_whose_port_no_container_has_is_told(self) -> None:
        self.assertEqual(
            judged(service(port="rest")),
            ["Service taskmanager wants the port rest, which Deployment taskmanager does not have"],
        )

    def test_a_probe_of_a_port_that_the_container_does_not_have_is_told(self) -> None:
        (complaint,) = judged(taskmanager(readinessProbe={"tcpSocket": {"port": "data"}}))
        self.assertIn("the readinessProbe wants the port data", complaint)

    def test_a_missing_probe_is_told(self) -> None:
        (complaint,) = judged(taskmanager(livenessProbe=None))
        self.assertIn("there is no livenessProbe", complaint)

    def test_a_volume_of_a_config_map_or_a_claim_that_nobody_makes_is_told(self) -> None:
        volumes = [{"configMap": {"name": "conf-1"}}, {"persistentVolumeClaim": {"claimName": "checkpoints"}}]
        config_map, claim = judged(taskmanager(volumes=volumes))
        self.assertIn("needs the ConfigMap conf-1", config_map)
        self.assertIn("needs the PersistentVolumeClaim checkpoints", claim)

    def test_an_empty_dir_that_can_fill_the_node_is_told(self) -> None:
        (complaint,) = judged(taskmanager(volumes=[{"name": "tmp", "emptyDir": {}}]))
        self.assertIn("the emptyDir tmp has no sizeLimit", complaint)

    def test_a_root_that_can_be_written_is_told(self) -> None:
        (complaint,) = judged(taskmanager(securityContext={}))
        self.assertIn("readOnlyRootFilesystem is not true", complaint)

    def test_processes_of_different_images_are_told(self) -> None:
        other = taskmanager(image="callweave-flink:2")
        (complaint,) = judged(taskmanager(), other)
        self.assertEqual(complaint, "there is more than one image: callweave-flink:1, callweave-flink:2")

    def test_a_process_that_may_grow_to_its_containers_limit_is_told(self) -> None:
        (complaint,) = judged(configuration(size="4g"))
        self.assertIn("taskmanager.memory.process.size is 4g, not below the limit of 4Gi", complaint)

    def test_a_parallelism_without_slots_is_told(self) -> None:
        (complaint,) = judged(configuration(parallelism=5))
        self.assertIn("has 4 slots, which are too few for parallelism.default: 5", complaint)


class TestVariants(unittest.TestCase):
    def test_each_overlay_has_the_line_that_its_readme_says_to_change(self) -> None:
        for variant in variants(with_pod_monitor=True):
            text = (MANIFESTS / "overlays" / variant.overlay / "kustomization.yaml").read_text()
            changed = with_components(text, variant.storage, variant.extras)
            for component in (variant.storage, *variant.extras):
                self.assertIn(f"  - ../../components/{component}\n", changed)

    def test_an_overlay_without_that_line_is_refused(self) -> None:
        with self.assertRaisesRegex(Failure, "does not have the line"):
            with_components("components: []\n", "checkpoints-s3", ())

    def test_every_component_is_in_some_variant(self) -> None:
        components = {folder.name for folder in (MANIFESTS / "components").iterdir()}
        checked = {name for variant in variants(with_pod_monitor=True) for name in (variant.storage, *variant.extras)}
        self.assertEqual(components - {"pods"}, checked)


if __name__ == "__main__":
    unittest.main()
