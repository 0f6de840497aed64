"""scripts/sql-check: whether Flink's real SQL client gives, by the files of deploy/sql, what the topics hold."""

from __future__ import annotations

import json
import random
import threading
from typing import Callable, Sequence

from rigs.flink.configuration import Shape
from rigs.flink.fields import Object
from rigs.kafka.load import simulate
from rigs.messages import Failure, say, show_tail, step
from rigs.options import Options
from rigs.parts import fetch_distribution
from rigs.processes import wait_until
from rigs.runs import ROOT, Run, guarded
from rigs.sql import expected, made
from rigs.sql.client import SqlClient, answers
from rigs.sql.command import PLACES, TABLES
from rigs.sql.statements import cells, fill
from rigs.trials import TestBed, set_up

USAGE = """\
Runs the job with links, chains, edges and alerts on a stock Flink cluster and a Kafka broker, then the files of
deploy/sql with Flink's own SQL client on the same cluster, and compares their answers with what the topics hold.

Usage: scripts/sql-check [--keep]

  --keep     keep logs and data of the run, below .local/run
  --help
"""
OPTIONS = Options(command="sql-check", usage=USAGE, flags=("--keep",))
NAME, FEATURES = "sql", "features-sql"
# What the job wrote to the topics, in an order that is not its own: no reader may count on one.
SHUFFLED = "shuffled"
PARALLELISM = 2
PARTITIONS = 5
# Three hours, so that there are features of a whole one.
CALLS, CALLS_PER_S = 21_600, 2
ANSWER_LIMIT_S = 180
END_LIMIT_S = 30

Expect = Callable[[Sequence[Object]], expected.Rows]
# The files, of which topic they tell, the columns that are compared, and what is expected.
QUERIES: dict[str, tuple[str, Sequence[int], Expect]] = {
    "slowest-edges": ("edges", (0, 1, 2, 3, 4), expected.slowest_edges),
    "services-by-critical-time": ("edges", (0, 1, 2, 3, 4), expected.services_by_critical_time),
    "calls-without-parent": ("edges", (0, 1, 2, 3), expected.calls_without_parent),
    "doubtful-links": ("chains", (0, 1, 2, 3, 5), expected.doubtful_links),
    "changed-chains": ("edges", (0, 1), expected.changed_chains),
    "open-alerts": ("alerts", (1, 2, 3), expected.open_alerts),
}


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)

    def body(run: Run) -> int:
        testbed = set_up(run, Shape(2, PARALLELISM))
        topics = write_topics(run, testbed)
        check = Check(run, testbed, topics)
        for name in QUERIES:
            check.query(name)
        check.features()
        return 0

    return guarded(body, "--keep" in given.flags)


def write_topics(run: Run, testbed: TestBed) -> dict[str, list[Object]]:
    """Has the job write simulated calls; what readers get of its topics, which shuffled ones have, too."""
    step(f"{CALLS} calls of {CALLS // CALLS_PER_S // 3600} hours")
    testbed.kafka.create_topic(f"calls-{NAME}", PARTITIONS)
    traffic = ("--calls", str(CALLS), "--rate", str(CALLS_PER_S), "--seed", "1", "--address", "ipv4")
    command = simulate(testbed.callweave, testbed.broker.bootstrap, f"calls-{NAME}", *traffic)
    if run.children.run_logged(command, run.log / "simulate.out") != 0:
        show_tail([run.log / "simulate.out"])
        raise Failure("the simulator failed: see above")
    outputs = ("--outputs", "links,chains,edges,alerts")
    job = testbed.run_job(NAME, PARALLELISM, (*outputs, "--checkpoint-interval-ms", "1000"))
    if not testbed.verify(NAME, 300, *outputs).is_same:
        raise Failure("the result is not what the reference says: see above")
    read = {"edges": testbed.read_committed(f"edges-{NAME}"), "chains": testbed.read_committed(f"chains-{NAME}")}
    job.cancel()
    # Simulated traffic has neither.
    read["edges"] += made.windows_of_a_changed_entry()
    read["alerts"] = made.alerts()
    for topic, records in read.items():
        testbed.kafka.create_topic(f"{topic}-{SHUFFLED}", PARTITIONS)
        lines = [json.dumps(record) for record in records]
        random.Random(1).shuffle(lines)
        testbed.kafka.write(f"{topic}-{SHUFFLED}", lines)
    return read


def is_select(text: str) -> bool:
    """Whether a file shows rows, and leaves no job.

    >>> is_select("CREATE TABLE t (a INT);\\nINSERT INTO t SELECT 1;"), is_select("SELECT 1;")
    (False, True)
    """
    return "INSERT INTO" not in text


class Check:
    """The client on the cluster, and the topics."""

    def __init__(self, run: Run, testbed: TestBed, topics: dict[str, list[Object]]) -> None:
        self._run = run
        self._testbed = testbed
        self._topics = topics
        self._client = SqlClient(run, testbed.java, fetch_distribution(run), testbed.cluster.conf, None)
        self._values = {
            "bootstrap": testbed.broker.bootstrap,
            "linked": f"linked-{NAME}",
            **{topic: f"{topic}-{SHUFFLED}" for topic in topics},
            "features": FEATURES,
            "delay_min": PLACES["delay_min"][1],
        }

    def query(self, name: str) -> None:
        """Raises `Failure` where a row is missing, is another, or is one too many."""
        topic, columns, expect = QUERIES[name]
        wanted = expect(self._topics[topic])
        if not wanted:
            raise Failure(f"{name}: the topic {topic} has nothing that it could tell")
        lines: list[str] = []

        def rows() -> expected.Rows:
            return {tuple(row[column] for column in columns) for row in cells(list(lines))}

        self._ask(name, lines, lambda: wanted == rows())
        if wanted != rows():
            different = sorted(wanted ^ rows())
            raise Failure(
                f"{name}: {len(rows())} rows, not the {len(wanted)} of the topic; others are: {different[:4]}"
            )
        for line in [line for line in lines if line.startswith("| ")][:6]:
            say(line)
        say(f"{name}: {len(wanted)} rows as the topics have them")

    def features(self) -> None:
        """Raises `Failure` where a service's features are not what its windows say."""
        self._testbed.kafka.create_topic(FEATURES, PARTITIONS)
        lines: list[str] = []
        self._ask("features", lines, lambda: any(line.startswith("Job ID") for line in lines))
        wanted = expected.features(self._topics["edges"])
        seen: expected.Features = {}

        def others() -> list[tuple[str, str]]:
            seen.update(expected.read_features(self._testbed.read_committed(FEATURES)))
            return [
                key for key in wanted.keys() | seen.keys() if not expected.are_alike(wanted.get(key), seen.get(key))
            ]

        if not wait_until(lambda: not others(), ANSWER_LIMIT_S, poll_s=2):
            wrong = others()
            key = min(wrong)
            raise Failure(
                f"features: {len(wrong)} of {len(wanted)} rows are not as the windows say: "
                f"{key} has {seen.get(key)}, not {wanted.get(key)}"
            )
        services = {service for service, _ in wanted}
        say(f"features: {len(wanted)} rows of {len(services)} services as the windows say")

    def _ask(self, name: str, lines: list[str], is_answered: Callable[[], bool]) -> None:
        """Collects the answers until they are enough, or for a while. Raises `Failure` where the client refuses."""
        step(name)
        file = ROOT / "deploy" / "sql" / f"{name}.sql"
        texts = [fill(path.read_text(), self._values, path.name) for path in (TABLES, file)]
        client = self._client.start(texts)
        reader = threading.Thread(target=lambda: lines.extend(answers(client)), daemon=True)
        reader.start()
        wait_until(is_answered, ANSWER_LIMIT_S, reader.is_alive, poll_s=0.5)
        refused = [line for line in lines if line.startswith("[ERROR]")]
        self._run.children.stop(client)
        reader.join()
        rest = self._testbed.cluster.rest
        if is_select(texts[1]) and not wait_until(lambda: not rest.running_jobs(), END_LIMIT_S):
            raise Failure(f"{name}: the query goes on in the cluster after its client has ended")
        if refused:
            raise Failure(f"{name}: {refused[0]}: {lines[lines.index(refused[0]) + 1 :][:1]}")
