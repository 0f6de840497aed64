"""What each output costs the job, from memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence

from rigs.bench.bench import LINKS_ALONE, MAIN_SETS, RATES, Bench
from rigs.bench.memory import run_jobs, run_line
from rigs.bench.rows import GrowthRow
from rigs.build import build_bench_jar
from rigs.messages import step


@dataclass(frozen=True)
class Group:
    """Sides over the same calls, of which the first is what the others are compared with."""

    name: str
    outputs: Sequence[str]
    # Of event time, by set.
    seconds: Mapping[str, int]


GROUPS = (
    # Cheap beside links, so it takes many calls to be seen behind what a job costs once.
    Group("edges", (LINKS_ALONE, "--outputs=links,edges"), {"mid": 6000, "hot": 800, "wide": 240}),
    # From an empty state, and long enough that most windows are of addresses of which enough is known.
    Group(
        "chains",
        (LINKS_ALONE, "--outputs=links,chains", "--outputs=links,chains,edges,alerts,spans"),
        {"mid": 600, "hot": 90, "wide": 380},
    ),
)
QUICK_SHARE = 0.25


def bench_outputs(bench: Bench) -> None:
    jar = build_bench_jar(bench.run)
    options = [f"--parallelism={bench.cores}"]
    for group in GROUPS:
        for name in MAIN_SETS:
            calls = int(RATES[name] * group.seconds[name] * bench.plan.pick(QUICK_SHARE, 1.0))
            file = bench.sets.make(name, "counter", calls)
            runs = []
            for outputs in group.outputs:
                side = outputs.partition("=")[2]
                runs.append(run_line(f"{group.name}-{name}", side, "callweave", file, calls, calls, options, outputs))
            step(f"{group.name}-{name}: {calls} calls, {len(runs)} sides")
            run_jobs(bench, jar, GrowthRow, runs, warm_up_s=0)
            bench.sets.forget()
