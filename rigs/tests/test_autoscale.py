"""The commands by which TaskManagers of a check come and go, and the job file that it has."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from unittest import mock

from rigs.autoscale.taskmanagers import add_command, remove_command
from rigs.flink.cluster import Cluster
from rigs.tests.test_parts import TestWithRun

SCRIPT = """\
#!/usr/bin/env bash
echo "$FLINK_CONF_DIR" "$FLINK_PID_DIR" "$@"
"""


class TestTaskManagers(TestWithRun):
    def setUp(self) -> None:
        super().setUp()
        script = self.folder / "a flink" / "bin" / "taskmanager.sh"
        script.parent.mkdir(parents=True)
        script.write_text(SCRIPT)
        script.chmod(0o755)
        with mock.patch("rigs.flink.cluster.DISTRIBUTION", self.folder / "a flink"):
            self.cluster = Cluster(self.run_of_test, self.folder / "a cluster")

    def said(self, command: str, **variables: str) -> tuple[Path, Path, str]:
        """The folders of the configuration and of process ids, and the arguments."""
        environment = {**os.environ, **variables}
        printed = subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True, text=True)
        conf, pids, rest = printed.stdout.strip().split("a cluster/", 2)[0:3]
        self.assertEqual(conf, f"{self.folder.resolve()}/")
        conf_name, _, pids_root = pids.partition(" ")
        self.assertEqual(pids_root, f"{self.folder.resolve()}/")
        name, _, arguments = rest.partition(" ")
        return Path(conf_name), Path(name), arguments

    def test_one_that_comes_is_called_as_its_folder_of_process_ids_and_each_otherwise(self) -> None:
        names = set()
        for _ in range(2):
            conf, pids, arguments = self.said(add_command(self.cluster))
            self.assertEqual((conf, pids.parent), (Path("conf"), Path("pids")))
            self.assertTrue(arguments.startswith(f"start -Dtaskmanager.resource-id={pids.name} "), arguments)
            names.add(pids.name)
        self.assertEqual(len(names), 2)

    def test_the_one_that_goes_is_the_one_that_was_named(self) -> None:
        seen = self.said(remove_command(self.cluster), CALLWEAVE_TASKMANAGER="taskmanager-7")
        self.assertEqual(seen, (Path("conf"), Path("pids/taskmanager-7"), "stop"))
