"""A further listener of the broker, for tests.

It lets in only who speaks TLS, shows a certificate and logs in with PLAIN or SCRAM-SHA-512. Keys and
certificates are made by the JDK's keytool.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.messages import Failure, show_tail
from rigs.processes import Argument, words
from rigs.runs import Run
from rigs.tools import Java

USER = "callweave"
SECURITY = "org.apache.kafka.common.security"
LISTENER = "listener.name.secure"


@dataclass(frozen=True)
class SecureListener:
    """`client_config` holds the properties of a client that may come in; `scram` is the user, for the
    tool that formats the broker's folder."""

    bootstrap: str
    client_config: Path
    scram: str
    broker_properties: str


@dataclass(frozen=True)
class _Passwords:
    """Each is another one, so that a test can tell which of them it sees."""

    login: str
    broker: str
    truststore: str
    keystore: str


def make_secure_listener(run: Run, java: Java, port: int) -> SecureListener:
    folder = run.folder / "secure"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    passwords = _Passwords(
        *(f"{name}-{secrets.token_hex(12)}" for name in ("login", "broker", "truststore", "keystore"))
    )
    stores = _Stores(run, java, folder)
    stores.make_key("broker", passwords.broker)
    stores.make_key("client", passwords.keystore)
    stores.trust("broker", passwords.broker, "client", passwords.truststore)
    stores.trust("client", passwords.keystore, "broker", passwords.broker)
    # Certificates that say nothing about the broker.
    stores.trust("client", passwords.keystore, "wrong", passwords.truststore)
    config = folder / "client.properties"
    config.write_text(_client_properties(folder, passwords))
    return SecureListener(
        bootstrap=f"127.0.0.1:{port}",
        client_config=config,
        scram=f"SCRAM-SHA-512=[name={USER},password={passwords.login}]",
        broker_properties=_broker_properties(folder, passwords),
    )


class _Stores:
    """Key stores and trust stores in a folder: SIDE.keys and SIDE.trust."""

    def __init__(self, run: Run, java: Java, folder: Path) -> None:
        self._run = run
        self._java = java
        self._folder = folder

    def make_key(self, side: str, password: str) -> None:
        """A key with a certificate for the loopback's address, not for its name."""
        what = ["-genkeypair", "-alias", side, "-keyalg", "RSA", "-keysize", "2048", "-dname", f"CN={side}"]
        what += ["-ext", "san=ip:127.0.0.1", "-validity", "2"]
        store = words("-keystore", self._folder / f"{side}.keys", "-storetype", "PKCS12")
        self._keytool([*what, *store, "-storepass", password, "-keypass", password])

    def trust(self, whom: str, whose_password: str, who: str, password: str) -> None:
        """Puts the certificate of the one side into the trust store of the other."""
        certificate = self._folder / f"{whom}.crt"
        keys, trusted = self._folder / f"{whom}.keys", self._folder / f"{who}.trust"
        export = words("-exportcert", "-alias", whom, "-keystore", keys, "-storepass", whose_password)
        self._keytool([*export, "-file", certificate])
        store = words("-keystore", trusted, "-storetype", "PKCS12", "-storepass", password)
        self._keytool(["-importcert", "-noprompt", "-alias", whom, "-file", certificate, *store])

    def _keytool(self, arguments: Sequence[Argument]) -> None:
        log = self._run.log / "keytool.out"
        if self._run.children.run_logged([self._java.home / "bin" / "keytool", *arguments], log) != 0:
            show_tail([log])
            raise Failure(f"keytool {arguments[0]} failed: see above")


def _broker_properties(folder: Path, passwords: _Passwords) -> str:
    return f"""\
{LISTENER}.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
{LISTENER}.plain.sasl.jaas.config={SECURITY}.plain.PlainLoginModule required user_{USER}="{passwords.login}";
{LISTENER}.scram-sha-512.sasl.jaas.config={SECURITY}.scram.ScramLoginModule required;
{LISTENER}.ssl.client.auth=required
{LISTENER}.ssl.keystore.location={folder}/broker.keys
{LISTENER}.ssl.keystore.type=PKCS12
{LISTENER}.ssl.keystore.password={passwords.broker}
{LISTENER}.ssl.key.password={passwords.broker}
{LISTENER}.ssl.truststore.location={folder}/broker.trust
{LISTENER}.ssl.truststore.type=PKCS12
{LISTENER}.ssl.truststore.password={passwords.broker}
"""


def _client_properties(folder: Path, passwords: _Passwords) -> str:
    return f"""\
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config={SECURITY}.scram.ScramLoginModule required \\
  username="{USER}" password="{passwords.login}";
ssl.truststore.location={folder}/client.trust
ssl.truststore.type=PKCS12
ssl.truststore.password={passwords.truststore}
ssl.keystore.location={folder}/client.keys
ssl.keystore.type=PKCS12
ssl.keystore.password={passwords.keystore}
ssl.key.password={passwords.keystore}
"""
