"""A name server and a broker of RocketMQ on the loopback, and what fills and reads its topics."""

from __future__ import annotations

from pathlib import Path

from rigs.messages import Failure, show_tail
from rigs.parts import fetch_jars
from rigs.ports import free_port
from rigs.processes import Argument, Child, wait_until, words
from rigs.runs import Run
from rigs.tools import Java

START_LIMIT_S = 120
MESSAGES = Path(__file__).with_name("Messages.java")

BROKER = """\
brokerName=broker-a
brokerIP1=127.0.0.1
bindAddress=127.0.0.1
listenPort={port}
fastListenPort={fast_port}
haListenPort={ha_port}
namesrvAddr={name_servers}
storePathRootDir={folder}/store
mappedFileSizeCommitLog=67108864
maxMessageSize=16711680
flushDiskType=ASYNC_FLUSH
"""


class RocketMq:
    """Both processes. Topics are made by `make`."""

    def __init__(self, run: Run, java: Java) -> None:
        self._run = run
        self._java = java
        self._jars = fetch_jars(run, "rocketmq")
        self._log = run.log / "rocketmq.out"
        self._tool_log = run.log / "rocketmq-messages.out"
        self._folder = run.folder / "rocketmq"
        self.name_servers = ""

    def start(self) -> None:
        """Raises `Failure` where they do not start, or take no topic in time."""
        self._folder.mkdir()
        self._compile()
        name_port = free_port()
        self.name_servers = f"127.0.0.1:{name_port}"
        names = self._folder / "namesrv.conf"
        names.write_text(f"listenPort={name_port}\nbindAddress=127.0.0.1\n")
        ports = {"port": free_port(), "fast_port": free_port(), "ha_port": free_port()}
        broker = self._folder / "broker.conf"
        broker.write_text(BROKER.format(name_servers=self.name_servers, folder=self._folder, **ports))
        servers = [
            self._launch("org.apache.rocketmq.namesrv.NamesrvStartup", "64m", names),
            self._launch("org.apache.rocketmq.broker.BrokerStartup", "512m", broker),
        ]
        has_started = wait_until(self._has_started, START_LIMIT_S, servers[1].is_alive)
        if not has_started or not servers[0].is_alive():
            show_tail([self._log])
            raise Failure(f"RocketMQ did not start within {START_LIMIT_S} s: see above")

    def make(self, topic: str, queues: int) -> None:
        self._tool("make", topic, str(queues))

    def put(self, topic: str, file: Path, per_second: int) -> Child:
        """Sends the messages of a file in the background."""
        return self._run.children.start_logged(self._command("put", topic, file, str(per_second)), self._tool_log)

    def finish_put(self, put: Child) -> None:
        """Waits until all are sent."""
        if put.wait() != 0:
            self._fail("not all messages were sent")

    def get(self, topic: str) -> list[str]:
        """Keys and bodies of what is there, with a tab between; repeats among them."""
        file = self._folder / f"{topic}.lines"
        self._tool("get", topic, file)
        return file.read_text().split("\n")[:-1]

    def _tool(self, what: str, topic: str, *more: Argument) -> None:
        if self._run.children.run_logged(self._command(what, topic, *more), self._tool_log) != 0:
            self._fail(f"the topic {topic} of RocketMQ does not answer")

    def _fail(self, what: str) -> None:
        show_tail([self._tool_log, self._log])
        raise Failure(f"{what}: see above")

    def _command(self, what: str, topic: str, *more: Argument) -> list[Argument]:
        return [*self._jvm("128m", str(self._folder)), "Messages", what, self.name_servers, topic, *more]

    def _compile(self) -> None:
        compiler = self._java.home / "bin" / "javac"
        command = words(compiler, "-proc:none", "-cp", f"{self._jars}/*", "-d", self._folder, MESSAGES)
        if self._run.children.run_logged(command, self._log) != 0:
            show_tail([self._log])
            raise Failure(f"{MESSAGES} does not compile: see above")

    def _jvm(self, heap: str, *class_path: str) -> list[Argument]:
        exports = ["--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED"] if self._java.version >= 9 else []
        # What its logs and settings would go to is the user's folder.
        folders = [f"-Duser.home={self._folder}", f"-Djava.io.tmpdir={self._run.tmp}"]
        memory = [f"-Xmx{heap}", "-XX:MaxDirectMemorySize=256m"]
        return [self._java.command, *memory, *folders, *exports, "-cp", ":".join([f"{self._jars}/*", *class_path])]

    def _launch(self, main: str, heap: str, settings: Path) -> Child:
        home = {"ROCKETMQ_HOME": str(self._folder)}
        return self._run.children.start_logged([*self._jvm(heap), main, "-c", settings], self._log, home)

    def _has_started(self) -> bool:
        """Each of the two says so once."""
        return self._log.exists() and self._log.read_text(errors="replace").count("boot success") >= 2
