"""scripts/kubernetes-check: builds what deploy/kubernetes can make, and has it checked."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Sequence

from rigs.kubernetes.judgement import Manifest, complaints
from rigs.kubernetes.server import ApiServer, Binaries
from rigs.kubernetes.variants import POD_MONITOR, Variant, variants
from rigs.messages import Failure, say, step, warn
from rigs.options import Options
from rigs.processes import Argument, words
from rigs.runs import ROOT, Run, guarded

USAGE = """\
Builds both overlays of deploy/kubernetes with their components, and holds them against schemas
(kubernetes-validate), a real API server (kubectl apply --dry-run=server, in a restricted namespace), and
what neither sees: selectors, ports, sizes. What is not here is left out, in a line that says so.

Usage: scripts/kubernetes-check [--parts FOLDER] [--definitions FILE] [--keep]

  --parts FOLDER       with any of kubectl, kustomize, kubernetes-validate, etcd, kube-apiserver;
                       what is not there is looked for in PATH (.local/parts/kubernetes)
  --definitions FILE   custom resource definitions for the API server; with that of PodMonitor,
                       the component pod-monitor is checked, too
  --keep               keep manifests and logs, below .local/run
  --help

The API server runs on the loopback while it is needed, and starts no container. Exit code 0: all is well.
"""
OPTIONS = Options(command="kubernetes-check", usage=USAGE, texts=("--parts", "--definitions"), flags=("--keep",))
ACCOUNT = "system:serviceaccount:callweave:callweave"
# What Flink's account may do, and what it may not.
RIGHTS = (
    *((verb, "configmaps", True) for verb in ("get", "list", "watch", "create", "update", "patch", "delete")),
    ("get", "secrets", False),
    ("create", "pods", False),
)


@dataclass(frozen=True)
class Built:
    """A variant as kustomize makes it."""

    variant: Variant
    file: Path


class Parts:
    """Finds programs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> Path | None:
        found = shutil.which(name, path=str(self._folder)) or shutil.which(name)
        return Path(found) if found else None

    def missing(self, *names: str) -> list[str]:
        return [name for name in names if self.find(name) is None]


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    parts = Parts(Path(given.text("--parts") or ROOT / ".local" / "parts" / "kubernetes"))
    definitions = given.text("--definitions")
    if definitions is not None and not Path(definitions).is_file():
        raise Failure(f"--definitions {definitions}: there is no such file")
    return guarded(
        lambda run: Check(run, parts, Path(definitions) if definitions else None).run(), keep="--keep" in given.flags
    )


class Check:
    def __init__(self, run: Run, parts: Parts, definitions: Path | None) -> None:
        self._run = run
        self._parts = parts
        self._definitions = definitions
        self._wrong: list[str] = []

    def run(self) -> int:
        """The exit code."""
        built = [self._build(variant) for variant in variants(with_pod_monitor=self._definitions is not None)]
        if self._definitions is None:
            say(f"Left out: the component {POD_MONITOR}, since no --definitions hold that of PodMonitor")
        self._check_schemas(built)
        self._judge(built)
        self._check_with_server(built)
        for line in self._wrong:
            warn(line)
        say(f"{len(built)} variants of deploy/kubernetes, {len(self._wrong)} complaints")
        return 1 if self._wrong else 0

    def _build(self, variant: Variant) -> Built:
        kustomize, kubectl = self._parts.find("kustomize"), self._parts.find("kubectl")
        if kustomize:
            command: list[Argument] = [kustomize, "build"]
        elif kubectl:
            command = [kubectl, "kustomize"]
        else:
            raise Failure("neither kustomize nor kubectl is here: install one of them, or see --parts")
        exit_code, manifests = self._run.children.capture([*command, variant.write(self._run.tmp)])
        if exit_code:
            raise Failure(f"{variant} cannot be built: see above")
        file = self._run.tmp / f"{str(variant).replace(' + ', '-')}.yaml"
        file.write_text(manifests)
        return Built(variant, file)

    def _check_schemas(self, built: Sequence[Built]) -> None:
        validate = self._parts.find("kubernetes-validate")
        if validate is None:
            say("Left out: schemas, since kubernetes-validate is not here")
            return
        step("Schemas")
        for each in built:
            exit_code, said = self._run.children.capture([validate, "--strict", each.file])
            seen = [line for line in said.splitlines() if not line.startswith("INFO")]
            if exit_code:
                self._complain(each.variant, seen)
            say(f"  {each.variant}: {len(said.splitlines()) - len(seen)} objects")

    def _judge(self, built: Sequence[Built]) -> None:
        kubectl = self._parts.find("kubectl")
        if kubectl is None:
            say("Left out: selectors, ports and sizes, since kubectl, which reads YAML, is not here")
            return
        step("Selectors, ports and sizes")
        for each in built:
            # It needs no server, and changes what it prints alone.
            command = words(kubectl, "annotate", "--local", "-o", "json", "-f", each.file, "callweave.io/read=yes")
            exit_code, said = self._run.children.capture(command)
            if exit_code:
                raise Failure(f"kubectl cannot read {each.variant}: see above")
            self._complain(each.variant, complaints(list(documents(said))))

    def _check_with_server(self, built: Sequence[Built]) -> None:
        missing = self._parts.missing("etcd", "kube-apiserver", "kubectl", "openssl")
        if missing:
            say(f"Left out: the API server, since {', '.join(missing)} is not here")
            return
        etcd, apiserver, kubectl, openssl = (
            self._parts.find(name) or Path() for name in ("etcd", "kube-apiserver", "kubectl", "openssl")
        )
        step("API server")
        server = ApiServer(self._run, Binaries(etcd, apiserver, kubectl, openssl))
        server.start()
        say(f"  {server.kubectl('version').output.splitlines()[-1]}")
        self._define(server)
        for each in built:
            self._apply(server, each, "--dry-run=server")
        self._check_rights(server, built[0])

    def _define(self, server: ApiServer) -> None:
        if self._definitions is None:
            return
        for command in (["apply", "--server-side"], ["wait", "--for=condition=Established", "--timeout=60s"]):
            answer = server.kubectl(*command, "-f", self._definitions)
            if answer.exit_code:
                raise Failure(f"--definitions {self._definitions}: {answer.errors.strip()}")

    def _apply(self, server: ApiServer, built: Built, *how: str) -> None:
        answer = server.kubectl("apply", *how, "-f", built.file)
        # A warning stands there, too, as of a pod that the namespace does not allow.
        self._complain(built.variant, answer.errors.splitlines())
        say(f"  {built.variant}: {len(answer.output.splitlines())} objects")

    def _check_rights(self, server: ApiServer, built: Built) -> None:
        """Of Flink's account, as the server sees them once the manifests are there."""
        self._apply(server, built)
        for verb, resource, expected in RIGHTS:
            said = server.kubectl("auth", "can-i", verb, resource, f"--as={ACCOUNT}").output.strip()
            if (said == "yes") != expected:
                may = "may not" if expected else "may"
                self._complain(built.variant, [f"Flink's account {may} {verb} {resource}"])
        say(f"  {len(RIGHTS)} rights of Flink's account")

    def _complain(self, variant: Variant, lines: Sequence[str]) -> None:
        self._wrong += [f"{variant}: {line}" for line in lines]


def documents(text: str) -> Iterator[Manifest]:
    """JSON objects one after the other, as kubectl prints them.

    >>> list(documents('{"a": 1}\\n{"b": 2}\\n'))
    [{'a': 1}, {'b': 2}]
    """
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        manifest, end = decoder.raw_decode(rest)
        yield manifest
        rest = rest[end:].lstrip()
