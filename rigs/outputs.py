"""All outputs of the job at once, as a trial has it write them and `callweave verify` compares them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ALL = "links,chains,edges,spans,alerts"
# So short that a trial of a minute has many, and alerts that come of chance alone.
WINDOW_MS = 2_000
RULES = """\
history: 10
learning: 3
accept-after: 5
latency-rose: {mads: 1, share: 0.1, step: 1, min-calls: 1, windows: 1, end-windows: 1, silence: 0}
rate-rose: {mads: 1, share: 0.1, step: 1, min-calls: 1, windows: 1, end-windows: 1, silence: 0}
rate-fell: {mads: 1, share: 0.1, step: 1, min-calls: 1, windows: 2, end-windows: 1, silence: 1}
new: {min-calls: 1, windows: 1, end-windows: 1, silence: 0}
"""


@dataclass(frozen=True)
class SpanForm:
    """How spans are written."""

    format: str
    style: str


FORMS = (SpanForm("otlp", "server"), SpanForm("zipkin", "pair"), SpanForm("otlp", "pair"), SpanForm("zipkin", "server"))


@dataclass(frozen=True)
class AllOutputs:
    """The options of both."""

    job: list[str]
    verify: list[str]


def all_outputs(folder: Path, form: SpanForm) -> AllOutputs:
    """With rules of alerts that are written to this folder."""
    rules = folder / "alert-rules.yaml"
    rules.write_text(RULES)
    common = ["--outputs", ALL, "--window-ms", str(WINDOW_MS)]
    common += ["--spans-format", form.format, "--span-style", form.style]
    return AllOutputs([*common, "--alerts", str(rules)], [*common, "--alert-rules", str(rules)])
