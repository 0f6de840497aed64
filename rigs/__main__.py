"""`python3 -m rigs NAME ARGUMENT...` runs one of the commands."""

from __future__ import annotations

import sys
from typing import Sequence

from rigs import cluster, fetch_parts, guard, with_broker
from rigs.autoscale import command as autoscale
from rigs.bench import command as bench
from rigs.compose import command as compose
from rigs.faults import command as faults
from rigs.job_check import command as job_check
from rigs.kubernetes import command as kubernetes
from rigs.messages import Failure, warn
from rigs.options import HelpWanted
from rigs.panels import command as panels
from rigs.pressure import command as pressure
from rigs.report_check import command as report_check
from rigs.rocketmq import command as rocketmq
from rigs.run import command as run
from rigs.s3 import command as s3
from rigs.soak import command as soak
from rigs.spans import command as spans
from rigs.sql import check as sql_check
from rigs.sql import command as sql

COMMANDS = {
    "autoscale-check": autoscale.main,
    "bench": bench.main,
    "cluster": cluster.main,
    "compose-check": compose.main,
    "faults": faults.main,
    "fetch-parts": fetch_parts.main,
    "guard": guard.main,
    "job-check": job_check.main,
    "kubernetes-check": kubernetes.main,
    "panels-check": panels.main,
    "pressure": pressure.main,
    "report-check": report_check.main,
    "rocketmq-check": rocketmq.main,
    "run": run.main,
    "s3-check": s3.main,
    "soak": soak.main,
    "spans-check": spans.main,
    "sql": sql.main,
    "sql-check": sql_check.main,
    "with-broker": with_broker.main,
}


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments
    try:
        return COMMANDS[name](rest)
    except HelpWanted as help_wanted:
        print(help_wanted, end="")
        return 0
    except Failure as failure:
        warn(f"error: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
