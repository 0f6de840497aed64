"""A cluster of the stock Flink distribution, as its own scripts start it.

A JobManager, TaskManagers, and ZooKeeper where jobs are to survive the JobManager. Each is a daemon that
outlives the command that starts it. All that the cluster writes is in its folder.
"""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path
from typing import Sequence

from rigs.flink.configuration import Shape, setting, write_configuration
from rigs.flink.daemons import (
    JOBMANAGER,
    KINDS,
    TASKMANAGER,
    ZOOKEEPER,
    command_line,
    daemons,
    send,
    taskmanager_port,
)
from rigs.flink.plugins import with_plugins
from rigs.flink.rest import Rest
from rigs.messages import Failure, show_tail, warn
from rigs.parts import DISTRIBUTION
from rigs.ports import free_port
from rigs.processes import Argument, wait_until
from rigs.runs import Run
from rigs.tools import Java

START_LIMIT_S = 180
SEEN_LIMIT_S = 5
STOP_LIMIT_S = 15
KILL_LIMIT_S = 30
TRIES = 3
PORT_IS_TAKEN = re.compile("Address already in use|Could not start rest endpoint")


class Cluster:
    """The one in a folder, which may be running or not."""

    def __init__(self, run: Run, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._run = run
        self.folder = folder.resolve()
        self.conf = self.folder / "conf"
        self.log = self.folder / "log"
        self._home = DISTRIBUTION
        self.rest = Rest(f"http://127.0.0.1:{self.setting('rest.port')}")

    def setting(self, name: str) -> str | None:
        """None where it is not set, or nothing is configured yet."""
        file = self.conf / "flink-conf.yaml"
        return setting(file.read_text(), name) if file.is_file() else None

    # --- start

    def start(self, java: Java, shape: Shape) -> None:
        """Configures it, and ends when the slots of all TaskManagers are free."""
        if shape.plugins:
            self._home = with_plugins(DISTRIBUTION, self.folder / "distribution", shape.plugins)
        for attempt in range(1, TRIES + 1):
            write_configuration(DISTRIBUTION, self.folder, java, shape)
            self.rest = Rest(f"http://127.0.0.1:{self.setting('rest.port')}")
            if self._try_start_masters():
                break
            if attempt == TRIES or not self._port_was_taken():
                self._fail_to_start_jobmanager()
            warn(f"A port of the JobManager was taken, try {attempt}: once more with others")
            self.stop()
        self.fill_taskmanagers(shape.taskmanagers)
        self.await_slots(shape.taskmanagers * shape.slots)

    def start_again(self, taskmanagers: int) -> None:
        """As it is configured, after its processes have ended."""
        self.start_masters()
        self.fill_taskmanagers(taskmanagers)
        self.await_slots(taskmanagers * int(self.setting("taskmanager.numberOfTaskSlots") or 0))

    def start_masters(self) -> None:
        """ZooKeeper, if it is configured, and the JobManager."""
        if not self._try_start_masters():
            self._fail_to_start_jobmanager()

    def start_jobmanager(self) -> None:
        if not self._try_start_jobmanager():
            self._fail_to_start_jobmanager()

    def add_taskmanager(self) -> None:
        """One more; its slots come later."""
        ports = [f"-Dtaskmanager.{kind}.port={free_port()}" for kind in ("rpc", "data")]
        self._start_daemon(TASKMANAGER, "taskmanager.sh", *ports)

    def fill_taskmanagers(self, number: int) -> None:
        """Up to so many; their slots come later."""
        for _ in range(len(self.pids(TASKMANAGER)), number):
            self.add_taskmanager()

    def await_slots(self, number: int) -> None:
        """Until at least so many are free."""
        if not wait_until(lambda: self.rest.free_slots() >= number, START_LIMIT_S):
            show_tail(self._logs(TASKMANAGER))
            raise Failure(f"Flink's TaskManagers did not offer {number} slots within {START_LIMIT_S} s: see above")

    def script(self, name: str) -> Path:
        """One of the distribution's."""
        return self._home / "bin" / name

    def _try_start_masters(self) -> bool:
        if self.setting("high-availability") == "zookeeper":
            self._start_daemon(ZOOKEEPER, "zookeeper.sh", "1")
        return self._try_start_jobmanager()

    def _try_start_jobmanager(self) -> bool:
        self._start_daemon(JOBMANAGER, "jobmanager.sh")
        return wait_until(self.rest.answers, START_LIMIT_S, lambda: bool(self.pids(JOBMANAGER)))

    def _fail_to_start_jobmanager(self) -> None:
        show_tail(self._logs(JOBMANAGER))
        ended = "" if self.pids(JOBMANAGER) else ", and has ended"
        raise Failure(
            f"Flink's JobManager did not answer at {self.rest.url} within {START_LIMIT_S} s{ended}: see above"
        )

    def _port_was_taken(self) -> bool:
        return any(PORT_IS_TAKEN.search(log.read_text(errors="replace")) for log in self._logs(JOBMANAGER))

    def _logs(self, kind: str) -> list[Path]:
        name = {JOBMANAGER: "standalonesession", TASKMANAGER: "taskexecutor"}[kind]
        return sorted(path for path in self.log.glob(f"*{name}*") if path.suffix in (".log", ".out"))

    def show_logs(self, kind: str) -> None:
        """The ends of the logs of all processes of a kind."""
        show_tail(self._logs(kind))

    def _start_daemon(self, kind: str, script: str, *arguments: str) -> None:
        log, others = self.log / "start.out", self.pids(kind)
        command: list[Argument] = [self.script(script), "start", *arguments]
        with open(log, "ab") as file:
            starter = self._run.children.start(command, file, file, self._environment())
        if starter.wait() != 0:
            show_tail([log])
            raise Failure(f"Flink's {script} failed: see above")
        # Until it can be told by its command line, it is known by the group of what started it.
        wait_until(lambda: set(self.pids(kind)) > set(others), SEEN_LIMIT_S, poll_s=0.02)
        self._run.children.forget(starter)

    def _environment(self) -> dict[str, str | None]:
        # JVM_ARGS would go before the configuration.
        return {"JVM_ARGS": None, "FLINK_CONF_DIR": str(self.conf)}

    # --- the client

    def client(self, arguments: Sequence[Argument], output: Path) -> bool:
        """Flink's own; whether it succeeded. All that it says is in the file, and nothing else."""
        with open(output, "wb") as file:
            command = [self.script("flink"), *arguments]
            return self._run.children.run(command, file, file, self._environment()) == 0

    # --- processes

    def pids(self, kind: str) -> list[int]:
        return daemons(self.conf)[kind]

    def all_pids(self) -> list[int]:
        found = daemons(self.conf)
        return [pid for kind in KINDS for pid in found[kind]]

    def working_taskmanagers(self, job: str) -> list[int]:
        """Those that have tasks of the job."""
        ports = self.rest.taskmanager_ports(job)
        return [pid for pid in self.pids(TASKMANAGER) if taskmanager_port(command_line(pid), "rpc") in ports]

    def kill(self, pids: Sequence[int]) -> None:
        """With KILL; waits until they are gone."""
        send(pids, signal.SIGKILL)
        if not wait_until(lambda: not set(pids) & set(self.all_pids()), KILL_LIMIT_S):
            raise Failure(f"processes {', '.join(map(str, pids))} do not end {KILL_LIMIT_S} s after they were killed")

    def stop(self) -> None:
        """Leaves no process."""
        pids = self.all_pids()
        # A stopped process takes its TERM only once it goes on.
        send(pids, signal.SIGTERM)
        send(pids, signal.SIGCONT)
        if not wait_until(lambda: not set(pids) & set(self.all_pids()), STOP_LIMIT_S):
            self.kill(pids)

    def forget_jobs(self) -> None:
        """What ZooKeeper and the high-availability storage know; the checkpoints stay."""
        for name in ("ha", "zookeeper"):
            shutil.rmtree(self.folder / name)
            (self.folder / name).mkdir()
