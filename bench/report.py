"""What the benchmarks of scripts/bench measured: tables of it, and the figures as JSON.

A benchmark writes a JSON object a line, each with `bench`; this reads all of them.

    report.py criterion SET FOLDER    lines of what criterion has written to FOLDER
    report.py show LINES              prints tables; exits 1 where two sides did not find the same
    report.py json LINES FILE         writes the figures
"""

import json
import pathlib
import sys
from collections import defaultdict
from statistics import median

SETS = ("mid", "hot", "wide")
# Columns of words.
NAMES = ("set", "kernel", "side", "group", "of it")
PROCESSES = ("taskmanager_cpu_s", "jobmanager_cpu_s", "broker_cpu_s")
TOGETHER = ("route", "link", "assemble")


def by(rows, *names):
    """Rows by the values of the named fields, in the order in which these come first.

    >>> by([{"a": 1, "b": 2}, {"a": 1, "b": 3}], "a")
    {1: [{'a': 1, 'b': 2}, {'a': 1, 'b': 3}]}
    """
    groups = defaultdict(list)
    for row in rows:
        key = tuple(row[name] for name in names)
        groups[key if len(names) > 1 else key[0]].append(row)
    return dict(groups)


def spread(values, digits=2):
    """The median, and the range where there is one.

    >>> spread([3, 1, 2]), spread([1.5])
    ('2.00 (1.00 to 3.00)', '1.50')
    """
    values = list(values)
    text = f"{median(values):,.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def measured(rows):
    """Without the warm-up.

    >>> measured([{"round": 0}, {"round": 1}])
    [{'round': 1}]
    """
    return [row for row in rows if row["round"] > 0]


def cpu_s(row):
    """CPU seconds of all processes.

    >>> cpu_s({"cpu_s": 2.0}), cpu_s({"flink_cpu_s": 1.0, "broker_cpu_s": 0.5})
    (2.0, 1.5)
    """
    return row["cpu_s"] if "cpu_s" in row else row["flink_cpu_s"] + row["broker_cpu_s"]


def per_cpu_s(row):
    """Calls per CPU-second."""
    return row["calls"] / cpu_s(row)


def per_wall_s(row):
    """Calls per second of the clock."""
    return row["calls"] / row["wall_s"]


def ratios(rows, side, other, speed):
    """How many times as fast one side was as the other, for each round.

    >>> rows = [{"side": "a", "round": 1, "calls": 6}, {"side": "b", "round": 1, "calls": 3},
    ...         {"side": "a", "round": 2, "calls": 8}]
    >>> ratios(rows, "a", "b", lambda row: row["calls"])
    [2.0]
    """
    rounds = by(measured(rows), "round").values()
    sides = [{row["side"]: row for row in rows} for rows in rounds]
    return [speed(found[side]) / speed(found[other]) for found in sides if side in found and other in found]


def check(rows):
    """What is wrong with runs of jobs: each must write every call, and the same as any other of that set.

    >>> run = {"set": "mid", "side": "a", "calls": 9, "written": 9, "rejected": 0, "hash": "x"}
    >>> check([run, dict(run, side="b")])
    []
    >>> check([run, dict(run, side="b", hash="y"), dict(run, written=8)])
    ['mid, a: 8 of 9 calls were written, 0 rejected', 'mid: of 9 calls a, b wrote different ones']
    """
    wrong = [
        f"{row['set']}, {row['side']}: {row['written']} of {row['calls']} calls were written, {row['rejected']} rejected"
        for row in rows
        if row["written"] != row["calls"] or row["rejected"]
    ]
    for (name, calls), runs in by(rows, "set", "calls").items():
        if len({run["hash"] for run in runs}) > 1:
            sides = ", ".join(sorted({run["side"] for run in runs}))
            wrong.append(f"{name}: of {calls} calls {sides} wrote different ones")
    return wrong


def kernel_ns(rows):
    """Of a set: ns a call of all kernels that a call goes through.

    >>> kernel_ns([{"kernel": name, "ns": 100.0} for name in ("parse", "route", "link", "assemble")])
    300.0
    >>> kernel_ns([{"kernel": "all", "ns": 250.0}, {"kernel": "link", "ns": 100.0}])
    250.0
    """
    found = {row["kernel"]: row["ns"] for row in rows}
    return found["all"] if "all" in found else sum(found[name] for name in TOGETHER)


def read_criterion(name, folder):
    """A row for each benchmark that criterion has run; its element is a call."""
    rows = []
    for file in sorted(pathlib.Path(folder).glob("**/new/estimates.json")):
        of = json.loads(file.with_name("benchmark.json").read_text())
        calls = of["throughput"]["Elements"]
        ns = json.loads(file.read_text())["median"]
        bounds = ns["confidence_interval"]
        kernel = of["function_id"] or of["group_id"]
        rows.append(
            {
                "bench": "kernels",
                "set": name,
                "kernel": kernel.split("/")[-1],
                "calls": calls,
                "ns": ns["point_estimate"] / calls,
                "low_ns": bounds["lower_bound"] / calls,
                "high_ns": bounds["upper_bound"] / calls,
            }
        )
    return rows


def table(header, rows):
    """Prints columns, names to the left and figures to the right.

    >>> table(("set", "n"), [("mid", "1"), ("hot", "12")])
    set   n
    mid   1
    hot  12
    """
    rows = [header, *rows]
    columns = [(name in NAMES, max(len(row[i]) for row in rows)) for i, name in enumerate(header)]
    for row in rows:
        cells = [cell.ljust(width) if left else cell.rjust(width) for cell, (left, width) in zip(row, columns)]
        print("  ".join(cells).rstrip())


def show_kernels(rows):
    print("Kernels: ns of one core a call (95 % confidence); all: million calls a second and core")
    lines = []
    for name, of_set in by(rows, "set").items():
        for row in of_set:
            lines.append((name, row["kernel"], f"{row['ns']:.0f} ({row['low_ns']:.0f} to {row['high_ns']:.0f})", ""))
        ns = kernel_ns(of_set)
        lines.append((name, "together", f"{ns:.0f}", f"{1000 / ns:.2f}"))
    table(("set", "kernel", "ns a call", "M calls/s/core"), lines)
    return []


def show_job(rows):
    print("Job and literal job from memory: calls per CPU-second; the job is so many times as fast, by round")
    lines = []
    for name, of_set in by(rows, "set").items():
        for side, runs in by(measured(of_set), "side").items():
            line = [name, side, spread(map(per_cpu_s, runs), 0)]
            for speed in (per_cpu_s, per_wall_s):
                line.append("" if side == "callweave" else spread(ratios(of_set, "callweave", side, speed), 1))
            lines.append(line)
    table(("set", "side", "calls per CPU-second", "ratio by CPU", "ratio by clock"), lines)
    return check(rows)


def show_state(rows):
    print("State: bytes in a savepoint for each call that is open")
    lines = [(row["set"], f"{row['open']:,}", f"{row['bytes']:,}", f"{row['bytes'] / row['open']:.1f}") for row in rows]
    table(("set", "open calls", "bytes", "bytes a call"), lines)
    return []


def show_kafka(rows):
    print("Kafka to Kafka: CPU ns a call, median; the job's speed over the pass-through's, by round")
    lines = []
    for name, of_set in by(rows, "set").items():
        for side, runs in by(measured(of_set), "side").items():
            parts = [
                f"{median(1e9 * row[part] / row['calls'] for row in runs):,.0f}" for part in ("flink_cpu_s", "broker_cpu_s")
            ]
            line = [name, side, *parts, spread(map(per_cpu_s, runs), 0), spread(map(per_wall_s, runs), 0)]
            for speed in (per_cpu_s, per_wall_s):
                line.append("" if side != "callweave" else spread(ratios(of_set, side, "pass-through", speed)))
            lines.append(line)
    header = ("set", "side", "Flink", "broker", "calls per CPU-second", "calls a second", "ratio by CPU", "by clock")
    table(header, lines)
    return []


def delay(ms):
    """Where nothing was written there is none.

    >>> delay(1234), delay(None)
    ('1,234', '-')
    """
    return "-" if ms is None else f"{ms:,}"


def show_realtime(rows):
    print("Real time: p50 and p99 from W passing a call's end bucket to its record in the topic, uncommitted")
    header = ("calls/s", "set", "taken/s", "sustained", "W behind, s", "p50 ms", "p99 ms", "max ms", "checkpoint ms")
    header += ("MiB", "bytes an open call", "RSS MiB", "% of a core: TaskManager", "JobManager", "broker")
    lines = []
    for row in rows:
        lines.append(
            (
                f"{row['rate']:,}",
                row["set"],
                f"{row['taken']:,.0f}",
                "yes" if row["sustained"] else "NO",
                f"{row['lag_begin_ms'] / 1000:.1f} to {row['lag_end_ms'] / 1000:.1f}",
                *(delay(row["delays"][name]) for name in ("p50_ms", "p99_ms", "max_ms")),
                spread(row["checkpoint_ms"], 0),
                spread((size / (1 << 20) for size in row["checkpoint_bytes"]), 1),
                f"{row['state_bytes'] / row['open']:.1f}" if row["open"] else "-",
                f"{row['rss_bytes'] / (1 << 20):,.0f}",
                *(f"{100 * row[name] / row['wall_s']:.1f}" for name in PROCESSES),
            )
        )
    table(header, lines)
    held = [row["rate"] for row in rows if row["sustained"]]
    print(f"highest rate sustained: {max(held):,} calls a second" if held else "no rate was sustained")
    return []


def show_growth(rows):
    print("Growth: CPU ns a call of the job from memory, and over the first of its group, by round")
    lines = []
    for group, of_group in by(rows, "set").items():
        first = of_group[0]["side"]
        for side, runs in by(measured(of_group), "side").items():
            ns = [1e9 * row["cpu_s"] / row["calls"] for row in runs]
            cost = [1 / ratio for ratio in ratios(of_group, side, first, per_cpu_s)]
            clock = ratios(of_group, side, first, per_wall_s)
            lines.append((group, side, spread(ns, 0), spread(cost), spread(clock)))
    table(("group", "of it", "CPU ns a call", "cost over the first's", "speed by clock over the first's"), lines)
    return [problem for side in by(rows, "set", "side").values() for problem in check(side)]


SHOWN = {
    "kernels": show_kernels,
    "job": show_job,
    "state": show_state,
    "kafka": show_kafka,
    "realtime": show_realtime,
    "growth": show_growth,
}


def show(rows):
    """Prints a table for each benchmark; returns what is wrong."""
    wrong = []
    for bench, of_bench in by(rows, "bench").items():
        print()
        wrong += SHOWN[bench](of_bench)
    return wrong


def figures(rows):
    """The figures as one object: numbers by set.

    >>> rows = [{"bench": "state", "set": "mid", "open": 2, "bytes": 99}]
    >>> figures(rows)["state_bytes_per_open_call"]
    {'mid': 49.5}
    """
    of = defaultdict(list, by(rows, "bench"))

    def over(bench, side, other):
        return {
            name: round(median(found), 3)
            for name, of_set in by(of[bench], "set").items()
            if (found := ratios(of_set, side, other, per_cpu_s))
        }

    return {
        "kernels_mcalls_per_core": {
            name: round(1000 / kernel_ns(of_set), 3) for name, of_set in by(of["kernels"], "set").items()
        },
        "job_over_literal_rocksdb": over("job", "callweave", "literal-rocksdb"),
        "job_over_literal_heap": over("job", "callweave", "literal-heap"),
        "kafka_over_pass_through": over("kafka", "callweave", "pass-through"),
        "state_bytes_per_open_call": {row["set"]: round(row["bytes"] / row["open"], 1) for row in of["state"]},
        "realtime": of["realtime"],
        "growth_cpu_ns_per_call": {
            f"{group} {side}": round(median(1e9 * row["cpu_s"] / row["calls"] for row in runs))
            for (group, side), runs in by(measured(of["growth"]), "set", "side").items()
        },
    }


def read_lines(file):
    with open(file) as lines:
        return [json.loads(line) for line in lines if line.startswith("{")]


def main():
    command, first, *rest = sys.argv[1:]
    if command == "criterion":
        for row in read_criterion(first, rest[0]):
            print(json.dumps(row))
    elif command == "show":
        wrong = show(read_lines(first))
        for problem in wrong:
            print(f"error: {problem}", file=sys.stderr)
        sys.exit(1 if wrong else 0)
    elif command == "json":
        pathlib.Path(rest[0]).write_text(json.dumps(figures(read_lines(first)), indent=2) + "\n")
    else:
        sys.exit(f"error: there is no command {command}")


if __name__ == "__main__":
    main()
