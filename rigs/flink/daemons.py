"""The processes of a cluster, and what Linux says of any process.

A daemon is told by its configuration, which is on its command line, so nothing has to be remembered
beside the folder of the cluster.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Iterable, Sequence

PROC = Path("/proc")

ZOOKEEPER = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer"
JOBMANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
# The order in which they are named and ended.
KINDS = (TASKMANAGER, JOBMANAGER, ZOOKEEPER)


def command_line(pid: int) -> list[str]:
    """Its words; none where the process has ended."""
    try:
        return [word.decode(errors="replace") for word in (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")]
    except OSError:
        return []


def is_daemon(words: Sequence[str], configuration: Path, kind: str) -> bool:
    """Whether a command line is that of a daemon with this configuration and main class."""
    logging = f"-Dlog4j.configurationFile=file:{configuration}/"
    # A search for these very words has them on its command line, too, but not as words of their own.
    return kind in words and any(word.startswith(logging) for word in words)


def daemons(configuration: Path) -> dict[str, list[int]]:
    """The process ids by kind, the oldest number first."""
    found: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for pid in sorted(int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()):
        words = command_line(pid)
        for kind in KINDS:
            if is_daemon(words, configuration, kind):
                found[kind].append(pid)
    return found


def taskmanager_port(words: Iterable[str], kind: str) -> int | None:
    """Of a TaskManager by its command line; `kind` is rpc or data. Flink takes the last one.

    >>> taskmanager_port(["-D", "taskmanager.rpc.port=1", "-Dtaskmanager.rpc.port=2"], "rpc")
    2
    """
    ports = [
        int(match.group(1))
        for word in words
        if (match := re.fullmatch(rf"(?:-D *)?taskmanager\.{kind}\.port=(\d+)", word))
    ]
    return ports[-1] if ports else None


def heap_size_bytes(words: Iterable[str]) -> int | None:
    """What -Xmx of a command line gives to the heap.

    >>> heap_size_bytes(["java", "-Xmx512m"]), heap_size_bytes(["-Xmx536870902"])
    (536870912, 536870902)
    """
    for word in words:
        match = re.fullmatch(r"-Xmx(\d+)([kKmMgG]?)", word)
        if match:
            return int(match.group(1)) << {"": 0, "k": 10, "m": 20, "g": 30}[match.group(2).lower()]
    return None


def is_alive(pid: int) -> bool:
    """One that has ended and that nobody has asked for yet has no command line any more."""
    return any(command_line(pid))


def send(pids: Iterable[int], number: signal.Signals) -> None:
    """To those that are still there."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def rss_bytes(pid: int) -> int | None:
    """What it has in memory; None where it has ended."""
    return _status_bytes(pid, "VmRSS")


def highest_rss_bytes(pid: int) -> int | None:
    """The most that it had in memory since it began, or since `forget_highest_rss`; None where it has ended."""
    return _status_bytes(pid, "VmHWM")


def forget_highest_rss(pid: int) -> None:
    """From now on the highest is counted anew. Fails where the process has ended."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def _status_bytes(pid: int, field: str) -> int | None:
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return None
    match = re.search(rf"^{field}:\s*(\d+) kB$", status, re.MULTILINE)
    return int(match.group(1)) * 1024 if match else None


def cpu_ms(pids: Iterable[int]) -> int:
    """What the processes have used so far, user and system. Fails where one has ended."""
    ticks = sum(cpu_ticks((PROC / str(pid) / "stat").read_text()) for pid in pids)
    return ticks * 1000 // os.sysconf("SC_CLK_TCK")


def cpu_ticks(stat: str) -> int:
    """Of /proc/PID/stat. The name of a process, in parentheses, may have anything in it.

    >>> cpu_ticks("7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0")
    42
    """
    fields = stat.rpartition(") ")[2].split()
    return int(fields[11]) + int(fields[12])
