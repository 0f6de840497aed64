"""The samples of a soak as a picture: SVG that needs nothing else."""

from __future__ import annotations

from typing import Callable, Sequence

from rigs.soak.judgement import MIB
from rigs.soak.samples import Sample, points

WIDTH, PANEL, GAP, LEFT, RIGHT, TOP = 760, 130, 44, 74, 16, 36
STEPS = (1, 1.5, 2, 3, 4, 5, 6, 8)
PANELS: tuple[tuple[str, Callable[[Sample], int | None], int, str], ...] = (
    ("resident memory of the TaskManager, MiB", lambda sample: sample.rss_bytes, MIB, "#1f6feb"),
    ("heap used, MiB", lambda sample: sample.heap_bytes, MIB, "#8250df"),
    ("open calls in Link and Assemble", lambda sample: sample.open_calls, 1, "#bf5b04"),
)


def nice_top(value: float) -> float:
    """The end of an axis from 0: the next of `STEPS` times a power of ten.

    >>> nice_top(1234), nice_top(61), nice_top(0)
    (1500, 80, 1)
    """
    power = 1
    while True:
        for step in STEPS:
            if step * power >= value:
                return int(step * power) if step * power == int(step * power) else step * power
        power *= 10


def panel(title: str, curve: Sequence[tuple[int, float]], color: str, top: int, end_s: int) -> list[str]:
    """One curve with its axes; `top` is its upper edge."""
    highest = nice_top(max((y for _, y in curve), default=0))
    wide = WIDTH - LEFT - RIGHT

    def place(x: int, y: float) -> str:
        return f"{LEFT + wide * x / max(end_s, 1):.1f},{top + PANEL * (1 - y / highest):.1f}"

    out = [f'<text x="{LEFT}" y="{top - 8}" class="title">{title}</text>']
    for share in (0, 0.5, 1):
        y = top + PANEL * (1 - share)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{highest * share:,.0f}</text>')
    places = " ".join(place(x, y) for x, y in curve)
    out.append(f'<polyline points="{places}" fill="none" stroke="{color}" stroke-width="1.5"/>')
    return out


def draw(samples: Sequence[Sample]) -> str:
    """The whole plot."""
    end_s = samples[-1].seconds
    bottom = TOP + len(PANELS) * (PANEL + GAP) - GAP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 44}" '
        f'font-family="sans-serif" font-size="12" fill="#57606a">',
        "<style>.title{fill:#24292f;font-weight:bold}.grid{stroke:#d8dee4}</style>",
        f'<rect width="{WIDTH}" height="{bottom + 44}" fill="#ffffff"/>',
    ]
    for number, (title, figure, size, color) in enumerate(PANELS):
        curve = [(x, y / size) for x, y in points(samples, figure)]
        out += panel(title, curve, color, TOP + number * (PANEL + GAP), end_s)
    for sixth in range(7):
        x = LEFT + (WIDTH - LEFT - RIGHT) * sixth / 6
        minute = end_s / 60 * sixth / 6
        out.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{minute:.3g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{bottom + 36}" text-anchor="middle">minutes</text>')
    return "\n".join([*out, "</svg>", ""])
