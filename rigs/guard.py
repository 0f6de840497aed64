"""Runs a shell script with a folder of its own, and ends all that it starts, whatever ends it.

The folder is in CALLWEAVE_RUN_FOLDER, and has the place for temporary files: a test that is killed cannot take its
own away. The script is asked to keep it by --keep, as the rigs are.
"""

from __future__ import annotations

from typing import Sequence

from rigs.processes import exit_code_of
from rigs.runs import Run, guarded

# A script may run a rig, which has processes of its own to end.
STOP_GRACE_S = 60


def main(arguments: Sequence[str]) -> int:
    def body(run: Run) -> int:
        folders = {"CALLWEAVE_RUN_FOLDER": str(run.folder), "TMPDIR": str(run.tmp)}
        return exit_code_of(run.children.run(["bash", *arguments], environment=folders))

    return guarded(body, keep="--keep" in arguments, stop_grace_s=STOP_GRACE_S)
