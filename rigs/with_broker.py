"""Runs a command while there is a broker with a plain and a secure listener, for the tests of the command
`callweave`: CALLWEAVE_TEST_BOOTSTRAP, CALLWEAVE_TEST_SECURE_BOOTSTRAP and CALLWEAVE_TEST_KAFKA_CONFIG say
where it is."""

from __future__ import annotations

from typing import Sequence

from rigs import tools
from rigs.kafka.broker import Broker
from rigs.messages import Failure
from rigs.parts import fetch_jars
from rigs.processes import exit_code_of
from rigs.runs import Run, guarded


def main(arguments: Sequence[str]) -> int:
    def body(run: Run) -> int:
        java = tools.get_all(run)
        fetch_jars(run, "kafka")
        broker = Broker(run, java, with_secure_listener=True)
        broker.start()
        if broker.secure is None:
            raise Failure("the broker has no secure listener")
        where = {
            "CALLWEAVE_TEST_BOOTSTRAP": broker.bootstrap,
            "CALLWEAVE_TEST_SECURE_BOOTSTRAP": broker.secure.bootstrap,
            "CALLWEAVE_TEST_KAFKA_CONFIG": str(broker.secure.client_config),
        }
        return exit_code_of(run.children.run(arguments, environment=where))

    return guarded(body)
