"""What is wrong with a set of manifests that an API server takes all the same, one sentence each."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, Sequence

from rigs.flink.configuration import setting

Manifest = Dict[str, Any]

# Of a quantity of Kubernetes or a size of Flink, in bytes.
UNITS = {"Mi": 1 << 20, "Gi": 1 << 30, "m": 1 << 20, "g": 1 << 30}
WORKLOADS = ("Deployment", "Job")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def complaints(manifests: Sequence[Manifest]) -> list[str]:
    """Those of all manifests of a cluster together."""
    return [
        *_selectors_without_pods(manifests),
        *_names_without_object(manifests),
        *_ports_without_container(manifests),
        *_probes_without_port(manifests),
        *_unsafe_containers(manifests),
        *_different_images(manifests),
        *_sizes_that_do_not_fit(manifests),
    ]


def bytes_of(quantity: str) -> int:
    """
    >>> bytes_of("4Gi") == bytes_of("4096m")
    True
    """
    match = re.fullmatch("([0-9]+)(Mi|Gi|m|g)", quantity)
    if match is None:
        raise ValueError(f"'{quantity}' is not a size in Mi, Gi, m or g")
    return int(match[1]) * UNITS[match[2]]


def _name(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _workloads(manifests: Sequence[Manifest]) -> Iterator[Manifest]:
    return (manifest for manifest in manifests if manifest["kind"] in WORKLOADS)


def _pod(workload: Manifest) -> Manifest:
    pod: Manifest = workload["spec"]["template"]
    return pod


def _containers(workload: Manifest) -> list[Manifest]:
    containers: list[Manifest] = _pod(workload)["spec"]["containers"]
    return containers


def _selected(manifests: Sequence[Manifest], labels: Manifest) -> list[Manifest]:
    """The workloads whose pods have all of the labels."""
    return [
        workload
        for workload in _workloads(manifests)
        if labels.items() <= _pod(workload)["metadata"].get("labels", {}).items()
    ]


def _selector(manifest: Manifest) -> Manifest | None:
    """The labels by which it finds pods; None where it does not."""
    spec = manifest.get("spec", {})
    labels: Manifest | None
    if manifest["kind"] == "Service":
        labels = spec["selector"]
    elif manifest["kind"] == "NetworkPolicy":
        labels = spec["podSelector"].get("matchLabels", {})
    elif manifest["kind"] in ("PodDisruptionBudget", "PodMonitor"):
        labels = spec["selector"]["matchLabels"]
    else:
        labels = None
    return labels


def _selectors_without_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        labels = _selector(manifest)
        if labels is not None and not _selected(manifests, labels):
            yield f"{_name(manifest)} selects pods with {labels}, but none has these labels"


def _names_without_object(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Secrets are the user's own, and are not looked for."""
    there = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    for workload in _workloads(manifests):
        for kind, name in _names_used(_pod(workload)["spec"]):
            if (kind, name) not in there:
                yield f"{_name(workload)} needs the {kind} {name}, which is not among the manifests"


def _names_used(pod: Manifest) -> Iterator[tuple[str, str]]:
    yield "ServiceAccount", pod["serviceAccountName"]
    for volume in pod.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for container in pod["containers"]:
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                yield "ConfigMap", source["configMapRef"]["name"]


def _ports_without_container(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Ports that a Service or a PodMonitor names."""
    for manifest in manifests:
        spec = manifest.get("spec", {})
        if manifest["kind"] == "Service":
            wanted = [port["targetPort"] for port in spec["ports"]]
        elif manifest["kind"] == "PodMonitor":
            wanted = [endpoint["port"] for endpoint in spec["podMetricsEndpoints"]]
        else:
            continue
        for workload in _selected(manifests, _selector(manifest) or {}):
            named = {port["name"] for container in _containers(workload) for port in container.get("ports", [])}
            for port in wanted:
                if port not in named:
                    yield f"{_name(manifest)} wants the port {port}, which {_name(workload)} does not have"


def _probes_without_port(manifests: Sequence[Manifest]) -> Iterator[str]:
    for workload in _workloads(manifests):
        for container in _containers(workload):
            named = {port["name"] for port in container.get("ports", [])}
            for probe in PROBES:
                for check in ("tcpSocket", "httpGet"):
                    port = container.get(probe, {}).get(check, {}).get("port")
                    if isinstance(port, str) and port not in named:
                        yield f"{_name(workload)}: the {probe} wants the port {port}, which it does not have"


def _unsafe_containers(manifests: Sequence[Manifest]) -> Iterator[str]:
    for workload in _workloads(manifests):
        pod = _pod(workload)["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            where = f"{_name(workload)}, container {container['name']}"
            if not container.get("securityContext", {}).get("readOnlyRootFilesystem"):
                yield f"{where}: readOnlyRootFilesystem is not true"
            if "memory" not in container.get("resources", {}).get("limits", {}):
                yield f"{where}: there is no limit of memory"
        for container in pod["containers"]:
            for probe in PROBES:
                if probe not in container:
                    yield f"{_name(workload)}, container {container['name']}: there is no {probe}"
        for volume in pod.get("volumes", []):
            if "sizeLimit" not in volume.get("emptyDir", {"sizeLimit": ""}):
                yield f"{_name(workload)}: the emptyDir {volume['name']} has no sizeLimit"


def _different_images(manifests: Sequence[Manifest]) -> Iterator[str]:
    """All containers run one image: in application mode each process loads the job from its own."""
    images = {
        container["image"]
        for workload in _workloads(manifests)
        for kind in ("initContainers", "containers")
        for container in _pod(workload)["spec"].get(kind, [])
    }
    if len(images) > 1:
        yield f"there is more than one image: {', '.join(sorted(images))}"


def _sizes_that_do_not_fit(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Flink's settings beside what Kubernetes gives its containers."""
    conf = next(manifest["data"]["flink-conf.yaml"] for manifest in manifests if "flink-conf.yaml" in _data(manifest))
    for workload in _workloads(manifests):
        (container,) = _containers(workload)
        component = _pod(workload)["metadata"]["labels"]["app.kubernetes.io/component"]
        size = setting(conf, f"{component}.memory.process.size")
        limit = container["resources"]["limits"]["memory"]
        if size is None or bytes_of(size) >= bytes_of(limit):
            yield f"{_name(workload)}: {component}.memory.process.size is {size}, not below the limit of {limit}"
        if component == "taskmanager":
            yield from _slots_that_are_too_few(workload, container, conf)


def _data(manifest: Manifest) -> Manifest:
    data: Manifest = manifest.get("data", {})
    return data


def _slots_that_are_too_few(workload: Manifest, container: Manifest, conf: str) -> Iterator[str]:
    variables = {variable["name"]: variable.get("value") for variable in container["env"]}
    slots = workload["spec"]["replicas"] * int(variables["TASK_MANAGER_NUMBER_OF_TASK_SLOTS"] or 0)
    parallelism = int(setting(conf, "parallelism.default") or 1)
    if parallelism > slots:
        yield f"{_name(workload)} has {slots} slots, which are too few for parallelism.default: {parallelism}"
