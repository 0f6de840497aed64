"""Kafka's own commands, against a broker of this machine or another one."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from rigs.messages import Failure, show_tail
from rigs.parts import PARTS
from rigs.processes import Argument, fed_from
from rigs.runs import Run
from rigs.tools import Java

TOPICS = "org.apache.kafka.tools.TopicCommand"
CONFIGS = "kafka.admin.ConfigCommand"
CONSUMER = "org.apache.kafka.tools.consumer.ConsoleConsumer"
PRODUCER = "kafka.tools.ConsoleProducer"
JARS = PARTS / "kafka" / "*"

LOGGING = """\
log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File={log}
log4j.appender.file.MaxFileSize=20MB
log4j.appender.file.MaxBackupIndex=2
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d %-5p %c - %m%n
"""


def write_logging(file: Path, log: Path) -> Path:
    """Kafka's logging, to a log of limited size."""
    file.write_text(LOGGING.format(log=log))
    return file


class KafkaTools:
    """Topics and quotas of the broker at `bootstrap`."""

    def __init__(self, run: Run, java: Java, bootstrap: str) -> None:
        self._run = run
        self._java = java
        self.bootstrap = bootstrap
        self._log = run.log / "kafka-tools.out"

    def command(self, name: str, arguments: Sequence[str]) -> list[Argument]:
        """What starts one of Kafka's commands."""
        logging = self._run.folder / "kafka-tools.properties"
        if not logging.exists():
            write_logging(logging, self._run.log / "kafka-tools.log")
        small = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        folders = [f"-Djava.io.tmpdir={self._run.tmp}", f"-Dlog4j.configuration=file:{logging}"]
        java: list[Argument] = [self._java.command, *small, *folders, "-cp", JARS, name]
        return [*java, "--bootstrap-server", self.bootstrap, *arguments]

    def list_topics(self) -> list[str] | None:
        """None where no broker answers."""
        with open(self._log, "ab") as log:
            code, printed = self._run.children.capture(self.command(TOPICS, ["--list"]), log)
        return printed.split() if code == 0 else None

    def create_topic(self, name: str, partitions: int, *options: str) -> None:
        """Where it is not there yet."""
        create = ["--create", "--if-not-exists", "--topic", name, "--partitions", str(partitions), *options]
        self._must(TOPICS, create, f"could not create the topic {name}")

    def write(self, topic: str, lines: Sequence[str], *options: str) -> None:
        """A record of each line, in this order; without key, unless the options say that lines have them."""
        file = self._run.folder / f"{topic}.lines"
        file.write_text("".join(f"{line}\n" for line in lines))
        command = fed_from(file, self.command(PRODUCER, ["--topic", topic, *options]))
        if self._run.children.run_logged(command, self._log) != 0:
            show_tail([self._log])
            raise Failure(f"could not write to the topic {topic}: see above")

    def delete_topics(self, pattern: str) -> None:
        """All that the pattern matches."""
        self._must(TOPICS, ["--delete", "--topic", pattern], f"could not delete the topics {pattern}")

    def limit_producer(self, client_id: str, bytes_per_s: int) -> None:
        """By a quota of the broker."""
        self._quota(client_id, "--add-config", f"producer_byte_rate={bytes_per_s}")

    def free_producer(self, client_id: str) -> None:
        """From its limit."""
        self._quota(client_id, "--delete-config", "producer_byte_rate")

    def limit_consumer(self, client_id: str, bytes_per_s: int) -> None:
        """By a quota of the broker, which counts all consumers of this id together."""
        self._quota(client_id, "--add-config", f"consumer_byte_rate={bytes_per_s}")

    def _quota(self, client_id: str, *change: str) -> None:
        alter = ["--alter", "--entity-type", "clients", "--entity-name", client_id, *change]
        self._must(CONFIGS, alter, f"the broker did not take the quota of {client_id}")

    def _must(self, command: str, arguments: Sequence[str], failure: str) -> None:
        if self._run.children.run_logged(self.command(command, arguments), self._log) != 0:
            show_tail([self._log])
            raise Failure(f"{failure}: see above")
