"""A Kafka broker of one node (KRaft), as a process of its own, on the loopback only."""

from __future__ import annotations

import shutil
from pathlib import Path

from rigs.kafka.secure import SecureListener, make_secure_listener
from rigs.kafka.tools import JARS, write_logging
from rigs.messages import Failure, show_tail, warn
from rigs.ports import free_port
from rigs.processes import Argument, Child, wait_until, words
from rigs.runs import Run
from rigs.tools import Java

START_LIMIT_S = 120
TRIES = 3

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{secure_listener}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{secure_listener}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
log.retention.hours=24
log.segment.bytes=268435456
log.cleaner.dedupe.buffer.size=16777216
"""


class Broker:
    """Started, killed and started again on the same data. With `secure` it has a TLS listener, too."""

    def __init__(self, run: Run, java: Java, with_secure_listener: bool = False) -> None:
        self._run = run
        self._java = java
        self._with_secure_listener = with_secure_listener
        self._child: Child | None = None
        self._log = run.log / "broker.log"
        self._folder = run.folder / "broker"
        self.bootstrap = ""
        self.secure: SecureListener | None = None

    def topic_bytes(self, topic: str) -> int:
        """What it has of a topic, what is in open transactions included."""
        return sum(log.stat().st_size for log in self.data.glob(f"{topic}-*/*.log"))

    @property
    def data(self) -> Path:
        return self._folder / "data"

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        """On ports that are free, with no data."""
        for attempt in range(1, TRIES + 1):
            if self._try_start():
                return
            # The port may have been taken since it was seen free.
            if not any("Address already in use" in log.read_text(errors="replace") for log in self._logs()):
                break
            warn(f"The broker's port was taken, try {attempt}: once more with another")
        self._fail(f"the Kafka broker did not start within {START_LIMIT_S} s")

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def check_alive(self) -> None:
        if not self.is_alive():
            self._fail("the Kafka broker has ended")

    def kill(self) -> None:
        """As a power cut would."""
        self._run.children.kill(self._process)
        # What it has logged is not to be taken for the words of the next one.
        if self._log.exists():
            self._log.rename(self._log.with_name(f"broker-{self.pid}.log"))

    def bring_back(self) -> None:
        """On the data that is there."""
        if not self._launch():
            self._fail("the broker did not come back on its data")

    @property
    def _process(self) -> Child:
        assert self._child is not None, "the broker was never started"
        return self._child

    def _logs(self) -> list[Path]:
        return sorted(self._run.log.glob("broker*"))

    def _fail(self, what: str) -> None:
        show_tail([self._run.log / "broker.out", self._log])
        raise Failure(f"{what}: see above")

    def _try_start(self) -> bool:
        shutil.rmtree(self._folder, ignore_errors=True)
        for log in self._logs():
            log.unlink()
        self._folder.mkdir()
        port = free_port()
        if self._with_secure_listener:
            self.secure = make_secure_listener(self._run, self._java, free_port())
        self.bootstrap = f"127.0.0.1:{port}"
        self._write_properties(port, free_port())
        scram = ["--add-scram", self.secure.scram] if self.secure else []
        format_data = ["kafka.tools.StorageTool", "format", "--cluster-id", "callweave-local-000000"]
        config = words("--config", self._properties)
        log = self._run.log / "broker.out"
        if self._run.children.run_logged([*self._command(), *format_data, *config, *scram], log) != 0:
            return False
        return self._launch()

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _write_properties(self, port: int, controller_port: int) -> None:
        secure = self.secure
        text = PROPERTIES.format(
            port=port,
            controller_port=controller_port,
            secure_listener=f",SECURE://{secure.bootstrap}" if secure else "",
            folder=self._folder,
        )
        self._properties.write_text(text + (secure.broker_properties if secure else ""))

    def _command(self, *flags: str) -> list[Argument]:
        logging = write_logging(self._folder / "log4j.properties", self._log)
        folders = [f"-Djava.io.tmpdir={self._run.tmp}", f"-Dlog4j.configuration=file:{logging}"]
        return [self._java.command, "-Xmx512m", *folders, *flags, "-cp", JARS]

    def _launch(self) -> bool:
        command = [*self._command("-XX:+ExitOnOutOfMemoryError"), "kafka.Kafka", self._properties]
        self._child = self._run.children.start_logged(command, self._run.log / "broker.out")
        return wait_until(self._has_started, START_LIMIT_S, self.is_alive)

    def _has_started(self) -> bool:
        return self._log.exists() and "Kafka Server started" in self._log.read_text(errors="replace")
