"""A Kubernetes API server with an etcd, on the loopback. It stores objects, and nothing runs them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from rigs.messages import Failure, show_tail
from rigs.ports import free_port
from rigs.processes import Argument, wait_until, words
from rigs.runs import Run

START_LIMIT_S = 180
# As strict as namespaces can be: the server warns of a pod that is not allowed there.
NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: callweave
  labels:
    pod-security.kubernetes.io/enforce: restricted
    pod-security.kubernetes.io/warn: restricted
"""
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: check
clusters: [{{name: check, cluster: {{server: "https://127.0.0.1:{port}", insecure-skip-tls-verify: true}}}}]
users: [{{name: check, user: {{token: "{token}"}}}}]
contexts: [{{name: check, context: {{cluster: check, user: check, namespace: callweave}}}}]
"""


@dataclass(frozen=True)
class Binaries:
    etcd: Path
    apiserver: Path
    kubectl: Path
    openssl: Path


@dataclass(frozen=True)
class Answer:
    """What `kubectl` has said; `errors` holds the server's warnings, too."""

    exit_code: int
    output: str
    errors: str


class ApiServer:
    """Ends with the run."""

    def __init__(self, run: Run, binaries: Binaries) -> None:
        self._run = run
        self._binaries = binaries
        self._folder = run.tmp / "server"
        self.kubeconfig = self._folder / "kubeconfig"

    def start(self) -> None:
        """With an empty namespace `callweave` that is restricted."""
        self._folder.mkdir()
        port, etcd_port, token = free_port(), free_port(), secrets.token_hex(16)
        self.kubeconfig.write_text(KUBECONFIG.format(port=port, token=token))
        key, tokens = self._folder / "accounts.key", self._folder / "tokens"
        tokens.write_text(f"{token},check,check,system:masters\n")
        if self._run.children.run_logged([self._binaries.openssl, "genrsa", "-out", key, "2048"], self._log("key")):
            self._fail("openssl made no key")
        etcd = self._run.children.start_logged(self._etcd(etcd_port), self._log("etcd"))
        server = self._run.children.start_logged(self._apiserver(port, etcd_port, key, tokens), self._log("apiserver"))
        if not wait_until(self._is_ready, START_LIMIT_S, lambda: etcd.is_alive() and server.is_alive()):
            self._fail(f"the API server did not start within {START_LIMIT_S} s")
        namespace = self._folder / "namespace.yaml"
        namespace.write_text(NAMESPACE)
        if self.kubectl("apply", "-f", namespace).exit_code:
            self._fail("the API server made no namespace")

    def kubectl(self, *arguments: Argument) -> Answer:
        errors = self._log("kubectl")
        with open(errors, "wb") as file:
            command = [self._binaries.kubectl, "--kubeconfig", self.kubeconfig, *arguments]
            exit_code, output = self._run.children.capture(command, file)
        return Answer(exit_code, output, errors.read_text(errors="replace"))

    def _is_ready(self) -> bool:
        return self.kubectl("get", "--raw=/readyz").exit_code == 0

    def _etcd(self, port: int) -> list[str]:
        here, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{free_port()}"
        clients = words("--listen-client-urls", here, "--advertise-client-urls", here)
        members = ["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers]
        cluster = ["--initial-cluster", f"default={peers}"]
        return words(self._binaries.etcd, "--data-dir", self._folder / "etcd", *clients, *members, *cluster)

    def _apiserver(self, port: int, etcd_port: int, key: Path, tokens: Path) -> list[str]:
        accounts = words("--service-account-key-file", key, "--service-account-signing-key-file", key)
        return [
            *words(self._binaries.apiserver, "--cert-dir", self._folder, "--token-auth-file", tokens, *accounts),
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={port}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--authorization-mode=RBAC",
        ]

    def _log(self, name: str) -> Path:
        return self._run.log / f"{name}.log"

    def _fail(self, what: str) -> None:
        show_tail(self._log(name) for name in ("key", "etcd", "apiserver", "kubectl"))
        raise Failure(f"{what}: see above")
