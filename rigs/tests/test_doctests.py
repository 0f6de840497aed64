"""The examples in the docstrings hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import unittest

import rigs


def load_tests(_loader: unittest.TestLoader, tests: unittest.TestSuite, _pattern: str | None) -> unittest.TestSuite:
    for module in pkgutil.walk_packages(rigs.__path__, "rigs."):
        if not module.name.startswith("rigs.tests") and module.name != "rigs.__main__":
            tests.addTests(doctest.DocTestSuite(importlib.import_module(module.name)))
    return tests
