"""The job file of `callweave job` for a job of a trial."""

from __future__ import annotations

from typing import Mapping

from rigs.trials import TestBed

JOB_FILE = """\
name: callweave
jar: {jar}
flink: {flink}
parallelism: {parallelism}
savepoints: file://{savepoints}
options:
  bootstrap: {bootstrap}
  input-topic: calls-{name}
  output-topic: linked-{name}
  chains-topic: chains-{name}
  rejects-topic: rejected-{name}
  group-id: trial-{name}
"""


def job_file(testbed: TestBed, name: str, flink: str, options: Mapping[str, str | int], parallelism: int) -> str:
    """Its text; `flink` is the address of its REST interface."""
    text = JOB_FILE.format(
        jar=testbed.job_jar,
        flink=flink,
        parallelism=parallelism,
        savepoints=testbed.cluster.folder / "savepoints",
        bootstrap=testbed.broker.bootstrap,
        name=name,
    )
    return text + "".join(f"  {option}: {value}\n" for option, value in options.items())
