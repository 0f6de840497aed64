"""A Prometheus of its own, on the loopback, with the project's configuration."""

from __future__ import annotations

import http.client
import json
import math
import shutil
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from rigs.flink.fields import as_object, as_objects, as_text
from rigs.messages import Failure, show_tail
from rigs.panels.queries import Alert, Query, local_configuration, read_rules
from rigs.parts import PrometheusTools
from rigs.ports import free_port
from rigs.processes import wait_until, words
from rigs.runs import ROOT, Run

CONFIGURATION = ROOT / "deploy" / "prometheus"
START_LIMIT_S = 60
TIMEOUT_S = 10


class Prometheus:
    """Scrapes the ports that it is given for the names in prometheus.yml."""

    def __init__(self, run: Run, tools: PrometheusTools, ports: dict[str, int]) -> None:
        self._log = run.log / "prometheus.out"
        folder = run.folder / "prometheus"
        shutil.copytree(CONFIGURATION, folder)
        file = folder / "prometheus.yml"
        file.write_text(local_configuration(file.read_text(), ports))
        address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{address}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        options = [f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
        command = words(tools.prometheus, *options, f"--web.listen-address={address}")
        self._server = run.children.start_logged(command, self._log)

    def await_start(self) -> None:
        if not wait_until(lambda: self._get("/api/v1/status/runtimeinfo") != {}, START_LIMIT_S, self._server.is_alive):
            self._fail(f"Prometheus did not answer within {START_LIMIT_S} s")

    def check_alive(self) -> None:
        if not self._server.is_alive():
            self._fail("Prometheus has ended")

    def series(self, expression: str) -> int | str:
        """How many have a value now, or why the query was refused."""
        answer = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expression}))
        return count_series(answer)

    def rules(self) -> tuple[list[Query], list[Alert]]:
        return read_rules(self._get("/api/v1/rules"))

    def names(self) -> list[str]:
        """Of all metrics that it has seen."""
        data = self._get("/api/v1/label/__name__/values").get("data")
        return [name for name in data if isinstance(name, str)] if isinstance(data, list) else []

    def _get(self, path: str) -> dict[str, object]:
        """What it says, also of a query that is wrong; empty where it does not answer."""
        try:
            with self._opener.open(self.url + path, timeout=TIMEOUT_S) as response:
                body = response.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        except (OSError, http.client.HTTPException):
            return {}
        try:
            return as_object(json.loads(body))
        except ValueError:
            return {}

    def _fail(self, what: str) -> None:
        show_tail([self._log])
        raise Failure(f"{what}: see above")


def count_series(answer: object) -> int | str:
    """Of /api/v1/query: those with a value that is a number.

    >>> count_series({"data": {"result": [{"value": [1, "NaN"]}, {"value": [1, "0"]}]}})
    1
    >>> count_series({"status": "error", "error": "parse error"}), count_series({})
    ('parse error', 0)
    """
    error = as_text(as_object(answer).get("error"))
    if error is not None:
        return error
    values = [series.get("value") for series in as_objects(as_object(as_object(answer).get("data")).get("result"))]
    return sum(isinstance(value, list) and len(value) == 2 and is_number(value[1]) for value in values)


def is_number(value: object) -> bool:
    """
    >>> is_number("1e3"), is_number("NaN"), is_number(None)
    (True, False, False)
    """
    try:
        return isinstance(value, str) and not math.isnan(float(value))
    except ValueError:
        return False


def check_rules(run: Run, tools: PrometheusTools) -> None:
    """By promtool: the configuration is valid, and the alerts fire when they have to. Raises `Failure`."""
    log = run.log / "promtool.out"
    tests = sorted((CONFIGURATION / "tests").glob("*.yml"))
    for what in (words("check", "config", CONFIGURATION / "prometheus.yml"), words("test", "rules", *tests)):
        if run.children.run_logged([tools.promtool, *what], log) != 0:
            show_tail([log])
            raise Failure("promtool refuses the files in deploy/prometheus: see above")


def dashboard(file: Path) -> object:
    return json.loads(file.read_text(encoding="utf-8"))
