"""A distribution of Flink with more plugins than it comes with."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Sequence


def with_plugins(distribution: Path, folder: Path, plugins: Sequence[Path]) -> Path:
    """The same distribution in another folder, which is made anew, with each of these jars as a plugin.

    Flink's scripts look for plugins beside themselves and nowhere else, and the distribution belongs to all runs.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(distribution, folder, copy_function=_link_or_copy)
    for jar in plugins:
        # Each has a folder, and a class loader, of its own.
        own = folder / "plugins" / jar.stem
        own.mkdir(parents=True)
        (own / jar.name).symlink_to(jar)
    return folder


def _link_or_copy(source: str, target: str) -> str:
    """Jars are large. Scripts find their folder by following links, so they are copied."""
    if source.endswith(".jar"):
        Path(target).symlink_to(source)
        return target
    return shutil.copy2(source, target)
