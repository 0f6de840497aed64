"""The configuration of a cluster: Flink's own, with what makes it one of the loopback below it."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Sequence

from rigs.ports import free_port
from rigs.tools import Java

FOLDERS = ("checkpoints", "savepoints", "ha", "log", "pids", "tmp", "zookeeper")

SETTINGS = """
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
jobmanager.rpc.port: {rpc_port}
blob.server.port: {blob_port}
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: {rest_port}
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: {slots}
state.checkpoints.dir: file://{folder}/checkpoints
state.savepoints.dir: file://{folder}/savepoints
io.tmp.dirs: {folder}/tmp
web.tmpdir: {folder}/tmp
env.java.home: {java_home}
env.log.dir: {folder}/log
env.pid.dir: {folder}/pids
"""
HIGH_AVAILABILITY = """\
high-availability: zookeeper
high-availability.zookeeper.quorum: 127.0.0.1:{zookeeper_port}
high-availability.storageDir: file://{folder}/ha
high-availability.jobmanager.port: {rpc_port}
"""
ZOOKEEPER = """\
tickTime=2000
dataDir={folder}/zookeeper
clientPort={zookeeper_port}
clientPortAddress=127.0.0.1
admin.enableServer=false
server.1=127.0.0.1:{peer_port}:{election_port}
"""


@dataclass(frozen=True)
class Shape:
    """What a cluster is to be like. `settings` are any of Flink's, as NAME=VALUE; `plugins` are jars."""

    taskmanagers: int
    slots: int
    with_zookeeper: bool = False
    settings: tuple[str, ...] = ()
    plugins: tuple[Path, ...] = ()


def setting(text: str, name: str) -> str | None:
    """A setting's last value in a flink-conf.yaml, the one that Flink takes.

    >>> setting("rest.port: 1\\nrest.port: 2\\n", "rest.port"), setting("", "rest.port")
    ('2', None)
    """
    values: Sequence[str] = re.findall(rf"^{re.escape(name)}: *(.*)$", text, re.MULTILINE)
    return values[-1] if values else None


def write_configuration(distribution: Path, folder: Path, java: Java, shape: Shape) -> Path:
    """Below the folder of the cluster, on ports that are free; the folder of the configuration."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    conf = folder / "conf"
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(distribution / "conf", conf)
    ports = {name: free_port() for name in ("rpc_port", "blob_port", "rest_port")}
    text = SETTINGS.format(folder=folder, slots=shape.slots, java_home=java.home, **ports)
    if java.module_flags():
        text += f"env.java.opts: {' '.join(java.module_flags())}\n"
    if shape.with_zookeeper:
        ports.update({name: free_port() for name in ("zookeeper_port", "peer_port", "election_port")})
        text += HIGH_AVAILABILITY.format(folder=folder, **ports)
        (conf / "zoo.cfg").write_text(ZOOKEEPER.format(folder=folder, **ports))
    text += "".join("{}: {}\n".format(*pair.split("=", 1)) for pair in shape.settings)
    with open(conf / "flink-conf.yaml", "a") as file:
        file.write(text)
    return conf
