"""The commands by which the autoscaler adds TaskManagers of a cluster on this machine, and takes them away.

Both are Flink's own script. Each TaskManager has a folder with its process id, which is named as it is itself.
"""

from __future__ import annotations

import shlex

from rigs.flink.cluster import Cluster


def add_command(cluster: Cluster) -> str:
    """For a shell."""
    name = "name=taskmanager-$(date +%s%N)"
    ports = "-Dtaskmanager.rpc.port=0 -Dtaskmanager.data.port=0"
    return f"{name}; {_script(cluster, '$name')} start -Dtaskmanager.resource-id=$name {ports}"


def remove_command(cluster: Cluster) -> str:
    """For a shell that has CALLWEAVE_TASKMANAGER."""
    return f"{_script(cluster, '$CALLWEAVE_TASKMANAGER')} stop"


def _script(cluster: Cluster, name: str) -> str:
    conf, pids = shlex.quote(str(cluster.conf)), shlex.quote(str(cluster.folder / "pids"))
    return f"FLINK_CONF_DIR={conf} FLINK_PID_DIR={pids}/{name} {shlex.quote(str(cluster.script('taskmanager.sh')))}"
