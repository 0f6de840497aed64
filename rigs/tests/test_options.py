"""A command line is read from left to right, and its first mistake is told."""

from __future__ import annotations

import tempfile
import unittest

from rigs.messages import Failure
from rigs.options import HelpWanted, Options

OPTIONS = Options("rig", "the help", numbers=("--rate",), texts=("--file",), flags=("--keep",), words=("one", "two"))


class TestOptions(unittest.TestCase):
    def refused(self, *arguments: str) -> str:
        with self.assertRaises(Failure) as caught:
            OPTIONS.read(arguments)
        return str(caught.exception)

    def test_what_is_given_is_read_and_the_last_value_counts(self) -> None:
        given = OPTIONS.read(["--rate", "007", "two", "--keep", "--rate", "12", "one"])
        self.assertEqual((given.number("--rate"), given.words, given.flags), (12, ["two", "one"], {"--keep"}))
        self.assertIsNone(given.text("--file"))
        self.assertEqual(given.texts("--rate"), ["007", "12"])

    def test_a_mistake_names_the_option_and_the_help(self) -> None:
        self.assertEqual(self.refused("--speed"), "unknown option '--speed'; see scripts/rig --help")
        self.assertEqual(self.refused("--rate"), "--rate needs a value; see scripts/rig --help")

    def test_a_number_has_digits_alone(self) -> None:
        for value in ("", "-1", "1.5", "1e3", "0x1", "\u0661", "1" * 16):
            self.assertEqual(self.refused("--rate", value), f"--rate needs a whole number, not '{value}'")

    def test_help_comes_before_later_mistakes_but_not_before_earlier_ones(self) -> None:
        with self.assertRaisesRegex(HelpWanted, "the help"):
            OPTIONS.read(["--keep", "--help", "--speed"])
        self.refused("--speed", "--help")

    def test_a_file_needs_a_folder(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = OPTIONS.read(["--file", f"{folder}/figures.json"]).file("--file")
            self.assertEqual(str(file), f"{folder}/figures.json")
        with self.assertRaisesRegex(Failure, "--file .*figures.json: there is no folder for it"):
            OPTIONS.read(["--file", f"{folder}/figures.json"]).file("--file")
