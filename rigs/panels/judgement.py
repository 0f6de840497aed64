"""Whether all that is asked for has data, while nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Iterable, Sequence, Union

from rigs.panels.queries import Alert, Query

OURS = "flink_taskmanager_job_task_operator_callweave_"

# The number of series with a value, or why the query was refused.
Ask = Callable[[str], Union[int, str]]


@dataclass(frozen=True)
class Judgement:
    """`lines` is one for each query and alert, `complaints` what is wrong."""

    lines: list[str]
    complaints: list[str]


def judge_queries(queries: Iterable[Query], ask: Ask) -> Judgement:
    """A query has to have at least one series with a value."""
    lines, complaints = [], []
    for query in queries:
        answer = ask(query.expression)
        if isinstance(answer, int) and answer > 0:
            lines.append(f"  {answer:>3} series  {query.asker}: {query.expression}")
            continue
        why = "returns no data" if answer == 0 else f"is refused: {answer}"
        complaints.append(f"{query.asker}: {query.expression} {why}")
    return Judgement(lines, complaints)


def judge_alerts(alerts: Sequence[Alert], ask: Ask) -> Judgement:
    """An alert has to have all its series, and does not fire. It has no data itself until something fails."""
    lines, complaints = [], []
    for alert in alerts:
        found = judge_queries(alert.queries, ask)
        complaints += found.complaints
        if alert.is_firing:
            complaints.append(f"{alert.name} fires, though nothing is wrong: {alert.expression}")
        if not alert.queries:
            complaints.append(f"{alert.name} reads no series that is known here: {alert.expression}")
        if not found.complaints and not alert.is_firing:
            lines.append(f"  {len(alert.queries):>3} series  {alert.name}, which needs a failure to fire")
    return Judgement(lines, complaints)


def judge_documentation(served: Iterable[str], documented: Iterable[str]) -> list[str]:
    """What is wrong with the page of metrics: it names the job's own metrics, each, and no other."""
    job = {name for name in served if name.startswith(OURS)}
    page = {name for name in documented if name.startswith(OURS)}
    missing = [f"{name} is not in docs/metrics.md" for name in sorted(job - page)]
    return missing + [f"{name} is in docs/metrics.md, but the job has no such metric" for name in sorted(page - job)]


def together(*judgements: Judgement) -> Judgement:
    """All lines, all complaints, each once: an alert may read what another reads."""
    complaints = [complaint for judgement in judgements for complaint in judgement.complaints]
    return Judgement([line for judgement in judgements for line in judgement.lines], list(dict.fromkeys(complaints)))
