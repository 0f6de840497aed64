"""What is fetched, built and started only where it has to be."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from rigs import parts
from rigs.build import find_job_jar, newer_than
from rigs.kafka.load import LastingLoad
from rigs.messages import Failure
from rigs.processes import wait_until
from rigs.runs import Run
from rigs.signals import Signals
from rigs.tools import Java

LIMIT_S = 60
# Stands for Maven: puts a jar, or what it was told to fail with, into the folder of its last argument.
MAVEN = """\
#!/usr/bin/env bash
last=${@: -1}
touch "${last#-DoutputDirectory=}/a.jar"
exit "$(cat "$(dirname "$0")/exit-code")"
"""


# Stands for Go: makes the file that it is to build.
GO = """\
#!/usr/bin/env bash
while [[ $1 != -o ]]; do shift; done
touch "$2"
exit "$(cat "$(dirname "$0")/exit-code")"
"""


class TestWithRun(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.signals = Signals()
        self.run_of_test = Run(self.signals, self.folder / "run", keep=True, stop_grace_s=LIMIT_S)
        self.run_of_test.open()
        self.addCleanup(self.run_of_test.children.close)


class TestWithParts(TestWithRun):
    def setUp(self) -> None:
        super().setUp()
        self.parts, self.lists = self.folder / "parts", self.folder / "lists"
        self.lists.mkdir()
        (self.folder / "exit-code").write_text("0")
        path = {"PATH": f"{self.folder}:{os.environ['PATH']}"}
        patches = (mock.patch.dict(os.environ, path), mock.patch.multiple(parts, PARTS=self.parts, LISTS=self.lists))
        for patch in patches:
            patch.__enter__()
            self.addCleanup(patch.__exit__, None, None, None)


class TestParts(TestWithParts):
    def setUp(self) -> None:
        super().setUp()
        (self.lists / "kafka").mkdir()
        (self.lists / "kafka" / "pom.xml").write_text("<one/>")
        (self.folder / "mvn").write_text(MAVEN)
        (self.folder / "mvn").chmod(0o755)

    def test_jars_are_fetched_once_and_again_when_the_list_has_changed(self) -> None:
        jar = parts.fetch_jars(self.run_of_test, "kafka") / "a.jar"
        jar.write_text("mine")
        parts.fetch_jars(self.run_of_test, "kafka")
        self.assertEqual(jar.read_text(), "mine")
        (self.lists / "kafka" / "pom.xml").write_text("<two/>")
        parts.fetch_jars(self.run_of_test, "kafka")
        self.assertEqual(jar.read_text(), "")
        self.assertEqual([path.name for path in self.parts.iterdir()], ["kafka"])

    def test_a_fetch_that_fails_leaves_the_jars_that_there_were_and_nothing_else(self) -> None:
        jar = parts.fetch_jars(self.run_of_test, "kafka") / "a.jar"
        jar.write_text("mine")
        (self.lists / "kafka" / "pom.xml").write_text("<two/>")
        (self.folder / "exit-code").write_text("1")
        with self.assertRaisesRegex(Failure, "Maven could not fetch kafka: see above; the list is .*pom.xml"):
            parts.fetch_jars(self.run_of_test, "kafka")
        self.assertEqual(jar.read_text(), "mine")
        self.assertEqual([path.name for path in self.parts.iterdir()], ["kafka"])


class TestGo(TestWithParts):
    def setUp(self) -> None:
        super().setUp()
        self.list = self.lists / "collector"
        self.list.mkdir()
        for name in ("go.mod", "go.sum", "main.go"):
            (self.list / name).write_text("one")
        (self.folder / "go").write_text(GO)
        (self.folder / "go").chmod(0o755)

    def fetch(self) -> Path:
        built = parts.fetch_collector(self.run_of_test)
        assert built is not None
        return built

    def test_what_go_builds_is_built_once_and_again_when_a_source_or_a_version_has_changed(self) -> None:
        for name in ("go.sum", "main.go"):
            self.fetch().write_text("mine")
            self.assertEqual(self.fetch().read_text(), "mine")
            (self.list / name).write_text("two")
            self.assertEqual(self.fetch().read_text(), "")
        self.assertEqual([path.name for path in self.parts.iterdir()], ["collector"])

    def test_a_build_that_fails_says_where_its_list_is_and_leaves_what_there_was(self) -> None:
        self.fetch().write_text("mine")
        (self.list / "main.go").write_text("two")
        (self.folder / "exit-code").write_text("1")
        with self.assertRaisesRegex(Failure, "Go could not build the OpenTelemetry Collector: .*collector/go.mod"):
            self.fetch()
        self.assertEqual((self.parts / "collector" / "collector").read_text(), "mine")

    def test_without_go_there_is_only_what_was_built_before(self) -> None:
        before = self.fetch()
        (self.folder / "go").unlink()
        with mock.patch.dict(os.environ, {"PATH": str(self.folder)}):
            self.assertEqual(parts.fetch_collector(self.run_of_test), before)
            (self.list / "main.go").write_text("two")
            self.assertIsNone(parts.fetch_collector(self.run_of_test))


class TestBuild(TestWithRun):
    def test_a_source_below_a_folder_counts_once_it_is_newer(self) -> None:
        built, source = self.folder / "built.jar", self.folder / "src" / "deep" / "A.java"
        source.parent.mkdir(parents=True)
        for file, at_s in ((built, 1000), (source, 900)):
            file.write_text("")
            os.utime(file, (at_s, at_s))
        for parent in (source.parent, source.parent.parent):
            os.utime(parent, (900, 900))
        sources = [self.folder / "src", self.folder / "none"]
        self.assertFalse(newer_than(built, sources))
        os.utime(source, (1001, 1001))
        self.assertTrue(newer_than(built, sources))

    def test_the_jar_to_submit_is_not_that_of_sources_or_tests(self) -> None:
        with mock.patch("rigs.build.JOB_TARGET", self.folder):
            self.assertIsNone(find_job_jar())
            for name in ("callweave-0.1.0-sources.jar", "callweave-0.1.0-tests.jar", "original-callweave-0.1.0.jar"):
                (self.folder / name).write_text("")
            self.assertIsNone(find_job_jar())
            (self.folder / "callweave-0.1.0.jar").write_text("")
            self.assertEqual(find_job_jar(), self.folder / "callweave-0.1.0.jar")

    def test_flags_for_modules_are_for_a_java_that_has_modules(self) -> None:
        self.assertEqual(Java(Path("/java"), 8).module_flags(), [])
        self.assertEqual(len(Java(Path("/java"), 11).module_flags()), 4)


class TestLastingLoad(TestWithRun):
    def load(self, script: str) -> LastingLoad:
        return LastingLoad(self.run_of_test, ["bash", "-c", script, "simulate"], 7)

    def said(self) -> list[str]:
        log = self.run_of_test.log / "simulate.out"
        return log.read_text().split() if log.exists() else []

    def test_a_simulator_that_has_ended_is_followed_by_one_of_the_next_seed(self) -> None:
        load = self.load('echo "$2"; test "$2" != 9 || sleep 1000')
        self.assertTrue(wait_until(lambda: self.said() == ["7", "8", "9"], LIMIT_S))
        load.stop()
        self.assertEqual(self.said(), ["7", "8", "9"])

    def test_at_its_stop_the_simulator_ends_in_order(self) -> None:
        load = self.load("trap 'echo ended; exit' TERM; echo began; sleep 1000 & wait")
        self.assertTrue(wait_until(lambda: self.said() == ["began"], LIMIT_S))
        load.stop()
        self.assertEqual(self.said(), ["began", "ended"])

    def test_none_follows_once_the_run_is_ending(self) -> None:
        self.load("echo began; sleep 1000")
        self.assertTrue(wait_until(lambda: self.said() == ["began"], LIMIT_S))
        self.run_of_test.children.close()
        self.assertEqual(self.said(), ["began"])
