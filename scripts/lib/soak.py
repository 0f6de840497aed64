"""Judges and draws the samples of scripts/soak.

soak.py CSV SVG WARM_UP_S MOST_PERCENT HEAP_SIZE_BYTES: prints a summary, writes the plot, and exits 1
if memory grew by more than so many percent an hour after the warm-up. Of a run with less than twenty
minutes after it, growth is told but not judged: a slope per hour would be guessed.
"""

import csv
import sys
from statistics import mean, median

MIB = 1024 * 1024
LEAST_JUDGED_S = 20 * 60


def slope(points):
    """Rise per unit of x, by least squares.

    >>> slope([(0, 1), (1, 3), (2, 5)])
    2.0
    >>> slope([(0, 1), (1, 9), (2, 1)])
    0.0
    """
    mean_x = mean(x for x, _ in points)
    mean_y = mean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def growth(points, warm_up_s):
    """Bytes an hour after the warm-up; points are (s, bytes).

    >>> growth([(0, 1), (600, 100), (2400, 105), (4200, 110)], 600)
    10.0
    """
    return 3600 * slope([point for point in points if point[0] >= warm_up_s])


def column(rows, *names):
    """(s, sum of the named columns), without the rows where one of them is empty.

    >>> column([{"seconds": "0", "a": "1", "b": "2"}, {"seconds": "10", "a": "", "b": "2"}], "a", "b")
    [(0, 3)]
    """
    given = [row for row in rows if all(row[name] for name in names)]
    return [(int(row["seconds"]), sum(int(row[name]) for name in names)) for row in given]


def between(points, first_s, last_s):
    """The median of the values from first_s to last_s.

    >>> between([(0, 9), (10, 1), (20, 3), (30, 9)], 10, 20)
    2.0
    """
    return median(y for x, y in points if first_s <= x <= last_s)


def judge(rows, warm_up_s, most_percent, heap_size):
    """Prints the summary; whether the memory stayed as it was."""
    end_s = int(rows[-1]["seconds"])
    judged = end_s - warm_up_s >= LEAST_JUDGED_S
    held = True
    resident = column(rows, "rss_bytes")
    for name, points, whole, of_what in (
        ("resident memory", resident, between(resident, warm_up_s, end_s), "of it"),
        ("heap after collection", column(rows, "live_heap_bytes"), heap_size, "of the heap's size"),
    ):
        bytes_an_hour = growth(points, warm_up_s)
        percent = bytes_an_hour / whole * 100
        held = held and (not judged or percent < most_percent)
        print(
            f"{name:<24}minutes {warm_up_s / 60:.3g} to {warm_up_s / 30:.3g}"
            f" {between(points, warm_up_s, 2 * warm_up_s) / MIB:.1f} MiB, last {warm_up_s / 60:.3g} minutes"
            f" {between(points, end_s - warm_up_s, end_s) / MIB:.1f} MiB (medians);"
            f" {bytes_an_hour / MIB:+.1f} MiB an hour, {percent:+.2f} % {of_what}"
        )
    print_figures(rows)
    if not judged:
        print("growth is not judged: that takes 20 minutes after the warm-up")
    else:
        print(f"growth below {most_percent:g} % an hour: {'yes' if held else 'NO'}")
    return held


def print_figures(rows):
    """What else the samples have, as median and highest."""
    for name, unit, size, names in (
        ("heap used", "MiB", MIB, ["heap_bytes"]),
        ("metaspace and code", "MiB", MIB, ["non_heap_bytes"]),
        ("direct buffers", "MiB", MIB, ["direct_bytes"]),
        ("RocksDB's cache", "MiB", MIB, ["block_cache_bytes"]),
        ("native library", "MiB", MIB, ["native_bytes"]),
        ("open calls in Link", "", 1, ["link_open"]),
        ("open calls in Assemble", "", 1, ["assemble_open"]),
        ("checkpoint written", "MiB", MIB, ["checkpoint_bytes"]),
        ("checkpoint retained", "MiB", MIB, ["retained_bytes"]),
        ("checkpoint took", "ms", 1, ["checkpoint_ms"]),
    ):
        values = [y / size for _, y in column(rows, *names)]
        if not values:
            print(f"{name:<24}Flink did not tell")
            continue
        digits = 1 if size > 1 else 0
        print(f"{name:<24}median {median(values):,.{digits}f}, highest {max(values):,.{digits}f} {unit}".rstrip())


WIDTH, PANEL, GAP, LEFT, RIGHT, TOP = 760, 130, 44, 74, 16, 36
PANELS = (
    ("resident memory of the TaskManager, MiB", ["rss_bytes"], MIB, "#1f6feb"),
    ("heap used, MiB", ["heap_bytes"], MIB, "#8250df"),
    ("open calls in Link and Assemble", ["link_open", "assemble_open"], 1, "#bf5b04"),
)


def nice_top(value):
    """The end of an axis from 0: the next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten.

    >>> nice_top(1234), nice_top(61), nice_top(0)
    (1500, 80, 1)
    """
    power = 1
    while True:
        for step in (1, 1.5, 2, 3, 4, 5, 6, 8):
            if step * power >= value:
                return int(step * power) if step * power == int(step * power) else step * power
        power *= 10


def panel(title, points, color, top, end_s):
    """One curve with its axes, as SVG; `top` is its upper edge."""
    highest = nice_top(max((y for _, y in points), default=0))
    wide = WIDTH - LEFT - RIGHT

    def place(point):
        return f"{LEFT + wide * point[0] / end_s:.1f},{top + PANEL * (1 - point[1] / highest):.1f}"

    out = [f'<text x="{LEFT}" y="{top - 8}" class="title">{title}</text>']
    for share in (0, 0.5, 1):
        y = top + PANEL * (1 - share)
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{highest * share:,.0f}</text>')
    curve = " ".join(place(point) for point in points)
    out.append(f'<polyline points="{curve}" fill="none" stroke="{color}" stroke-width="1.5"/>')
    return out


def draw(rows):
    """The whole plot, as SVG that needs nothing else."""
    end_s = int(rows[-1]["seconds"])
    bottom = TOP + len(PANELS) * (PANEL + GAP) - GAP
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 44}" '
        f'font-family="sans-serif" font-size="12" fill="#57606a">',
        "<style>.title{fill:#24292f;font-weight:bold}.grid{stroke:#d8dee4}</style>",
        f'<rect width="{WIDTH}" height="{bottom + 44}" fill="#ffffff"/>',
    ]
    for number, (title, names, size, color) in enumerate(PANELS):
        points = [(x, y / size) for x, y in column(rows, *names)]
        out += panel(title, points, color, TOP + number * (PANEL + GAP), end_s)
    for sixth in range(7):
        x = LEFT + (WIDTH - LEFT - RIGHT) * sixth / 6
        minute = end_s / 60 * sixth / 6
        out.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{minute:.3g}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{bottom + 36}" text-anchor="middle">minutes</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    samples, plot, warm_up_s, most_percent, heap_size = sys.argv[1:]
    with open(samples, newline="") as file:
        rows = list(csv.DictReader(file))
    with open(plot, "w") as file:
        file.write(draw(rows))
    sys.exit(0 if judge(rows, int(warm_up_s), float(most_percent), int(heap_size)) else 1)


if __name__ == "__main__":
    main()
