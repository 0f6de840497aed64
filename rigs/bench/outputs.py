"""What each output costs the job, from memory."""

from __future__ import annotations

from rigs.bench.bench import LINKS_ALONE, MAIN_SETS, RATES, Bench
from rigs.bench.memory import run_jobs, run_line
from rigs.bench.rows import GrowthRow
from rigs.build import build_bench_jar
from rigs.messages import step

# The first of them is what the others are compared with.
OUTPUTS = (LINKS_ALONE, "--outputs=links,chains", "--outputs=links,edges", "--outputs=links,chains,edges,alerts,spans")
# Of event time: what is learned of the addresses is learned from the first windows on.
SECONDS = {"mid": 600, "hot": 90, "wide": 60}
QUICK_SHARE = 0.25


def bench_outputs(bench: Bench) -> None:
    jar = build_bench_jar(bench.run)
    runs = []
    for name in MAIN_SETS:
        calls = int(RATES[name] * SECONDS[name] * bench.plan.pick(QUICK_SHARE, 1.0))
        file = bench.sets.make(name, "counter", calls)
        options = [f"--parallelism={bench.cores}"]
        for outputs in OUTPUTS:
            side = outputs.partition("=")[2]
            runs.append(run_line(f"outputs-{name}", side, "callweave", file, calls, calls, options, outputs))
    step(f"{len(runs)} runs a round")
    run_jobs(bench, jar, GrowthRow, runs, warm_up_s=0)
    bench.sets.forget()
