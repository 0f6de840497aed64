"""The command lines of the rigs: `--name VALUE` options, flags, and words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Sequence

from rigs.messages import Failure


class HelpWanted(Exception):
    """The command line asks for help, which is the message."""


@dataclass(frozen=True)
class Given:
    """What the command line has given."""

    values: dict[str, list[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """The last value of an option; None where it was not given."""
        return self.values[name][-1] if name in self.values else None

    def texts(self, name: str) -> list[str]:
        """All values of an option that can be given more than once."""
        return self.values.get(name, [])

    def file(self, name: str) -> Path | None:
        """A file to write. Raises `Failure` where there is no folder for it, before anything has run."""
        text = self.text(name)
        if text is None:
            return None
        file = Path(text).absolute()
        if not file.parent.is_dir():
            raise Failure(f"{name} {text}: there is no folder for it")
        return file

    def number(self, name: str) -> int | None:
        """The value of an option of `Options.numbers`."""
        text = self.text(name)
        return None if text is None else int(text)


@dataclass(frozen=True)
class Options:
    """The options that a command has. `unknown` words the refusal of what is none of them; with `any_words` whatever
    does not begin with a dash is a word."""

    command: str
    usage: str
    numbers: Sequence[str] = ()
    texts: Sequence[str] = ()
    flags: Sequence[str] = ()
    words: Sequence[str] = ()
    any_words: bool = False
    unknown: Callable[[str], str] | None = None

    def read(self, arguments: Sequence[str]) -> Given:
        """Reads the command line from left to right. Raises `HelpWanted`, or `Failure` at the first mistake."""
        given = Given()
        rest = list(arguments)
        while rest:
            name = rest.pop(0)
            if name in ("-h", "--help"):
                raise HelpWanted(self.usage)
            if name in self.flags:
                given.flags.add(name)
            elif name in self.words or (self.any_words and not name.startswith("-")):
                given.words.append(name)
            elif name in self.numbers or name in self.texts:
                if not rest:
                    raise Failure(f"{name} needs a value; {self.see_help}")
                given.values.setdefault(name, []).append(self._value(name, rest.pop(0)))
            else:
                words = self.unknown(name) if self.unknown else f"unknown option '{name}'"
                raise Failure(f"{words}; {self.see_help}")
        return given

    @property
    def see_help(self) -> str:
        return f"see scripts/{self.command} --help"

    def _value(self, name: str, value: str) -> str:
        if name in self.numbers and not re.fullmatch("[0-9]{1,15}", value):
            raise Failure(f"{name} needs a whole number, not '{value}'")
        return value
