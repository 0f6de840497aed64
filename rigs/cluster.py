"""scripts/cluster: a stock Flink cluster that outlives the command."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from rigs.build import find_job_jar
from rigs.flink.cluster import Cluster
from rigs.flink.configuration import Shape, setting
from rigs.flink.daemons import JOBMANAGER, TASKMANAGER, ZOOKEEPER, command_line, taskmanager_port
from rigs.messages import Failure, say, step
from rigs.options import Given, HelpWanted, Options
from rigs.parts import DISTRIBUTION, DISTRIBUTION_VERSION, fetch_distribution
from rigs.runs import ROOT, Run, guarded
from rigs.tools import get_java

USAGE = """\
A cluster of the stock Flink 1.12 distribution on this machine, each part a process of its own, on
the loopback: a JobManager, TaskManagers, and with --ha a ZooKeeper. It knows nothing of callweave.

Usage: scripts/cluster start [--taskmanagers N] [--slots N] [--ha] [--set NAME=VALUE]...
       scripts/cluster status        processes, ports, the UI, the line that submits the job
       scripts/cluster stop          ends all processes

  --taskmanagers N     (1)
  --slots N            of each TaskManager (2)
  --ha                 with ZooKeeper: jobs go on by themselves when the JobManager is back
  --set NAME=VALUE     any setting of Flink
  --dir FOLDER         of the configuration, logs, checkpoints and savepoints (.local/cluster)
  --help

Checkpoints, savepoints and what ZooKeeper knows stay in the folder after a stop, and a start with
--ha takes up the jobs that were running. It runs on a Java 8, 11 or 17: JAVA_HOME, or what is found.
"""
COMMANDS = ("start", "status", "stop")


def main(arguments: Sequence[str]) -> int:
    command = arguments[0] if arguments else ""
    if command in ("-h", "--help"):
        raise HelpWanted(USAGE)
    if command not in COMMANDS:
        raise Failure(f"start, status or stop is needed, not '{command}'; see scripts/cluster --help")
    given = _options(command).read(arguments[1:])
    shape = _shape(given)
    folder = Path(given.text("--dir") or ROOT / ".local" / "cluster")

    def body(run: Run) -> int:
        cluster = Cluster(run, folder)
        if command == "start":
            return _start(run, cluster, shape)
        if command == "status":
            return show_status(cluster)
        cluster.stop()
        say(f"No process of {cluster.folder} is running")
        return 0

    return guarded(body)


def _options(command: str) -> Options:
    starts = command == "start"
    return Options(
        command="cluster",
        usage=USAGE,
        numbers=("--taskmanagers", "--slots") if starts else (),
        texts=("--dir", "--set") if starts else ("--dir",),
        flags=("--ha",) if starts else (),
        unknown=lambda name: f"unknown option '{name}' of {command}",
    )


def _shape(given: Given) -> Shape:
    """Raises `Failure` where the values make no cluster."""
    settings = tuple(given.texts("--set"))
    for pair in settings:
        name, equals, value = pair.partition("=")
        if not (name and equals and value):
            raise Failure(f"--set needs NAME=VALUE, not '{pair}'")
    taskmanagers, slots = given.number("--taskmanagers"), given.number("--slots")
    if 0 in (taskmanagers, slots):
        raise Failure("--taskmanagers and --slots must be at least 1")
    return Shape(taskmanagers or 1, slots or 2, "--ha" in given.flags, settings)


def _start(run: Run, cluster: Cluster, shape: Shape) -> int:
    if cluster.all_pids():
        raise Failure("it is running already: scripts/cluster stop ends it")
    java = get_java(run)
    fetch_distribution(run)
    run.at_exit(lambda exit_code: cluster.stop() if exit_code else None)
    step(f"Starting Flink {DISTRIBUTION_VERSION} on {java}")
    cluster.start(java, shape)
    return show_status(cluster)


def show_status(cluster: Cluster) -> int:
    """Says what is running, and where; the exit code is 1 where nothing is."""
    if not cluster.all_pids():
        say(f"No process of {cluster.folder} is running")
        return 1
    for line in _process_lines(cluster):
        say(line)
    say(f"UI and REST  {cluster.rest.url}{'' if cluster.rest.answers() else '   does not answer'}")
    say(f"Settings     {cluster.conf}")
    say(f"Logs         {cluster.log}")
    submit = f"FLINK_CONF_DIR={cluster.conf} {DISTRIBUTION}/bin/flink run -d {find_job_jar() or 'JAR'}"
    say(f"To submit    {submit} --bootstrap HOST:PORT")
    return 0


def _process_lines(cluster: Cluster) -> list[str]:
    lines = []
    for pid in cluster.pids(ZOOKEEPER):
        client_port = setting((cluster.conf / "zoo.cfg").read_text().replace("=", ": "), "clientPort")
        lines.append(f"ZooKeeper    process {pid}, port {client_port}")
    for pid in cluster.pids(JOBMANAGER):
        rpc, rest, blobs = map(cluster.setting, ("jobmanager.rpc.port", "rest.port", "blob.server.port"))
        lines.append(f"JobManager   process {pid}, ports {rpc} (RPC), {rest} (REST), {blobs} (blobs)")
    for pid in cluster.pids(TASKMANAGER):
        ports = [taskmanager_port(command_line(pid), kind) for kind in ("rpc", "data")]
        lines.append(f"TaskManager  process {pid}, ports {ports[0]} (RPC), {ports[1]} (data)")
    return lines
