"""Typed reading of JSON: what is missing, null, NaN or of another type is None, or empty."""

from __future__ import annotations

import math
from typing import Dict

Object = Dict[str, object]


def as_object(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[Object]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def as_number(value: object) -> int | None:
    """A whole number, rounded. Flink writes metrics as texts.

    >>> as_number(3), as_number("3"), as_number(2.6), as_number("NaN"), as_number(None), as_number(True)
    (3, 3, 3, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, int):
        return value
    try:
        number = float(value)
    except ValueError:
        return None
    return round(number) if math.isfinite(number) else None
