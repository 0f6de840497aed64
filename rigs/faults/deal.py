"""Which fault comes when."""

from __future__ import annotations

import itertools
import random
from typing import Sequence, TypeVar

T = TypeVar("T")


def deal(chance: random.Random, number: int, main: Sequence[T], others: Sequence[T]) -> list[T]:
    """So many kinds. Every kind comes once before one comes again, the main ones first."""
    dealt = [*shuffled(chance, main), *shuffled(chance, others)]
    while len(dealt) < number:
        dealt += shuffled(chance, [*main, *others])
    return dealt[:number]


def repeat(kinds: Sequence[T], number: int) -> list[T]:
    """These in this order, over and over."""
    return list(itertools.islice(itertools.cycle(kinds), number))


def rounds(dealt: Sequence[T], length: int) -> list[Sequence[T]]:
    """Cut into rounds of so many; the last one may be shorter."""
    return [dealt[first : first + length] for first in range(0, len(dealt), length)]


def shuffled(chance: random.Random, items: Sequence[T]) -> list[T]:
    """By draws of `random()`, the same for a seed on every version of Python."""
    keys = [chance.random() for _ in items]
    return [item for _, _, item in sorted(zip(keys, range(len(items)), items), key=lambda drawn: drawn[:2])]


def pause_s(chance: random.Random, most: int) -> float:
    """From 1 s, in tenths; in it the job is undisturbed."""
    return 1 + int(chance.random() * most * 10) / 10


def next_parallelism(parallelism: int) -> int:
    """2, 5, 1, 3 and so on.

    >>> next_parallelism(2), next_parallelism(5), next_parallelism(1), next_parallelism(3)
    (5, 1, 3, 2)
    """
    return {2: 5, 5: 1, 1: 3}.get(parallelism, 2)
