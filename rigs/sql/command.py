"""The run of scripts/sql."""

from __future__ import annotations

import os
import re
import threading
from pathlib import Path
from typing import Sequence

from rigs import tools
from rigs.messages import Failure, say, show_tail
from rigs.options import Options
from rigs.parts import fetch_distribution
from rigs.processes import Child
from rigs.runs import ROOT, Run, guarded
from rigs.sql.client import SqlClient, answers
from rigs.sql.statements import fill

TABLES = ROOT / "deploy" / "sql" / "tables.sql"
# The places in a file of SQL, the options that say what stands there, and the job's defaults.
PLACES = {
    "bootstrap": ("--bootstrap", "localhost:9092"),
    "linked": ("--output-topic", "linked-topic"),
    "chains": ("--chains-topic", "chains-topic"),
    "edges": ("--edges-topic", "edges-topic"),
    "alerts": ("--alerts-topic", "alerts-topic"),
    "features": ("--features-topic", "service-features"),
    "delay_min": ("--watermark-delay-min", "1"),
}
# SQL takes two digits.
MAX_DELAY_MIN = 99
USAGE = """\
Runs a file of Flink SQL over the topics of the job, on a Flink 1.12 cluster that is up: the tables of
deploy/sql/tables.sql, and then the statements of the file. A SELECT shows rows as they come until it is
ended with Ctrl-C; an INSERT INTO becomes a job that stays.

Usage: scripts/sql [OPTION]... FILE

  --bootstrap HOST:PORT    Kafka's brokers, as the cluster sees them (localhost:9092)
  --jobmanager HOST:PORT   REST address of the cluster (that of the Flink's own configuration)
  --flink DIR              a Flink 1.12 with its SQL client in opt (FLINK_HOME, else one is fetched)
  --output-topic, --chains-topic, --edges-topic, --alerts-topic
                           the job's topics, where they are not its defaults
  --features-topic TOPIC   where deploy/sql/features.sql writes (service-features)
  --watermark-delay-min N  minutes that records may be behind others in windows by event time, up to 99; the
                           files of deploy/sql have no such windows (1)
  --seconds N              end after so long
  --help

deploy/sql has files to begin with. In a file, ${bootstrap}, ${linked}, ${chains}, ${edges}, ${alerts}, ${features}
and ${delay_min} stand for these values.
"""
OPTIONS = Options(
    command="sql",
    usage=USAGE,
    numbers=("--seconds", "--watermark-delay-min"),
    texts=("--jobmanager", "--flink", *(option for option, _ in PLACES.values())),
    any_words=True,
)


def main(arguments: Sequence[str]) -> int:
    given = OPTIONS.read(arguments)
    if len(given.words) != 1:
        raise Failure("one file of SQL is wanted; deploy/sql has some")
    file, seconds, jobmanager = Path(given.words[0]), given.number("--seconds"), given.text("--jobmanager")
    if not file.is_file():
        raise Failure(f"there is no file {file}")
    if jobmanager is not None and not re.fullmatch(r"[^:/ ]+:[0-9]{1,5}", jobmanager):
        raise Failure(f"--jobmanager needs HOST:PORT, not '{jobmanager}'")
    if (given.number("--watermark-delay-min") or 0) > MAX_DELAY_MIN:
        raise Failure(f"--watermark-delay-min is at most {MAX_DELAY_MIN}")
    values = {place: given.text(option) or default for place, (option, default) in PLACES.items()}
    texts = [fill(path.read_text(), values, str(path)) for path in (TABLES, file)]

    def body(run: Run) -> int:
        java = tools.get_jdk(run)
        home = given.text("--flink") or os.environ.get("FLINK_HOME")
        flink = Path(home).absolute() if home else fetch_distribution(run)
        conf = Path(os.environ.get("FLINK_CONF_DIR") or flink / "conf")
        client = SqlClient(run, java, flink, conf, jobmanager).start(texts)
        return show(run, client, seconds)

    return guarded(body)


def show(run: Run, client: Child, seconds: int | None) -> int:
    """Says what the client answers. 1 where it has refused a statement."""
    timer = threading.Timer(seconds or 0, lambda: run.children.stop(client))
    if seconds:
        timer.start()
    refused = False
    for line in answers(client):
        say(line)
        refused |= line.startswith("[ERROR]")
    over_time = bool(seconds) and not timer.is_alive()
    timer.cancel()
    if client.wait() != 0 and not over_time:
        show_tail([run.log / "sql-client.out"])
        raise Failure("the SQL client failed: see above")
    return 1 if refused and not over_time else 0
