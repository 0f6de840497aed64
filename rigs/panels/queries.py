"""What the dashboard and the rules ask Prometheus for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rigs.flink.fields import as_object, as_objects, as_text
from rigs.messages import Failure

# Four times the scrape interval, as Grafana has it.
VARIABLES = {"$__rate_interval": "1m"}
SERIES = re.compile(r"\b(flink_\w+|callweave:\w+|up\b)(?!\s*\()\s*(\{[^}]*\})?")
TARGET = re.compile(r"dns_sd_configs:\n +- names: \[(\w+)\]\n +type: A\n +port: 9249\n +refresh_interval: \w+\n")


@dataclass(frozen=True)
class Query:
    """`asker` is the panel or the rule."""

    asker: str
    expression: str


@dataclass(frozen=True)
class Alert:
    """Its expression has data only when it fires: what can be asked for are its series."""

    name: str
    expression: str
    is_firing: bool

    @property
    def queries(self) -> list[Query]:
        return [Query(self.name, series) for series in series_of(self.expression)]


def panel_queries(dashboard: object) -> list[Query]:
    """Of all panels of a dashboard's JSON, those in folded rows included, from top to bottom."""
    found = []
    row = ""
    for panel in as_objects(as_object(dashboard).get("panels")):
        title = as_text(panel.get("title")) or "a panel without a title"
        if panel.get("type") == "row":
            row = title
            found += [Query(f"{row} {query.asker}", query.expression) for query in panel_queries(panel)]
            continue
        for target in as_objects(panel.get("targets")):
            found.append(Query(f"{row} {title}".strip(), with_variables(as_text(target.get("expr")) or "")))
    return found


def with_variables(expression: str) -> str:
    """With values for Grafana's variables. Raises `Failure` for one that has none here.

    >>> with_variables("rate(a[$__rate_interval])")
    'rate(a[1m])'
    """
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    if "$" in expression:
        raise Failure(f"the dashboard uses a variable that is not known here: {expression}")
    return expression


def series_of(expression: str) -> list[str]:
    """The series that an expression reads, each once.

    >>> series_of('increase(flink_a{b="c"}[5m]) > on () callweave:limit and flink_a{b="c"} or up == 0')
    ['flink_a{b="c"}', 'callweave:limit', 'up']
    """
    return list(dict.fromkeys(name + (labels or "") for name, labels in SERIES.findall(expression)))


def read_rules(value: object) -> tuple[list[Query], list[Alert]]:
    """The series that are recorded, and the alerts, of Prometheus's /api/v1/rules."""
    records, alerts = [], []
    for group in as_objects(as_object(as_object(value).get("data")).get("groups")):
        for rule in as_objects(group.get("rules")):
            name, expression = as_text(rule.get("name")) or "", as_text(rule.get("query")) or ""
            if rule.get("type") == "alerting":
                alerts.append(Alert(name, expression, rule.get("state") == "firing"))
            else:
                records.append(Query(name, name))
    return records, alerts


def local_configuration(text: str, ports: dict[str, int]) -> str:
    """A prometheus.yml whose names stand for ports of the loopback. Raises `Failure` where a name has no
    port, or a port no name.

    >>> text = "    dns_sd_configs:\\n - names: [a]\\n   type: A\\n   port: 9249\\n   refresh_interval: 15s\\n"
    >>> local_configuration(text, {"a": 7})
    "    static_configs: [{targets: ['127.0.0.1:7']}]\\n"
    """
    names = sorted(TARGET.findall(text))
    if names != sorted(ports):
        raise Failure(f"prometheus.yml scrapes {names} by DNS, expected are {sorted(ports)}")
    return TARGET.sub(lambda found: f"static_configs: [{{targets: ['127.0.0.1:{ports[found.group(1)]}']}}]\n", text)


def documented(text: str) -> set[str]:
    """The metrics that a page names in the first column of its tables, by Prometheus's name.

    >>> sorted(documented("| `flink_a` | `x` |\\n| `flink_b`, `flink_c` | |\\nalso `flink_d`\\n"))
    ['flink_a', 'flink_b', 'flink_c']
    """
    rows = (line.split("|")[1] for line in text.splitlines() if line.startswith("|"))
    return {name for row in rows for name in re.findall(r"`(flink_\w+)`", row)}


def read_documented(page: Path) -> set[str]:
    return documented(page.read_text(encoding="utf-8"))
