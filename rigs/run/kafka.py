"""The Kafka of scripts/run: one that is started, or one that is there."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from rigs.kafka.broker import Broker
from rigs.kafka.tools import KafkaTools
from rigs.messages import Failure, step
from rigs.run.options import Plan, first_address
from rigs.runs import Run
from rigs.tools import Java

PARTITIONS = 5


@dataclass(frozen=True)
class Kafka:
    """`broker` is None where it was there before. `simulates` says whether calls are to be simulated."""

    tools: KafkaTools
    broker: Broker | None
    simulates: bool


def prepare_kafka(run: Run, java: Java, plan: Plan) -> Kafka:
    """Starts the broker, or looks at the one that exists; creates the input topic."""
    if plan.bootstrap is None:
        step("Starting Kafka")
        broker = Broker(run, java)
        broker.start()
        kafka = Kafka(KafkaTools(run, java, broker.bootstrap), broker, simulates=True)
    else:
        tools = KafkaTools(run, java, plan.bootstrap)
        topics = tools.list_topics()
        if topics is None:
            raise Failure(f"{plan.bootstrap} accepts connections but does not answer as a Kafka broker")
        kafka = Kafka(tools, None, simulates(plan, topics))
    kafka.tools.create_topic(plan.input_topic, PARTITIONS)
    return kafka


def simulates(plan: Plan, topics: list[str]) -> bool:
    """Whether calls are to be simulated into the input topic of a Kafka that has these topics."""
    if plan.input_topic not in topics:
        return True
    if plan.calls is not None:
        raise Failure(
            f"the topic {plan.input_topic} exists already, and a bounded run needs one of its own: "
            "name new topics with --input-topic, --output-topic, --chains-topic and --rejects-topic"
        )
    return plan.rate is not None


def reach(bootstrap: str) -> None:
    """By one connection, so that a wrong address is said at once and not after a minute."""
    address = first_address(bootstrap)
    try:
        socket.create_connection(address, timeout=10).close()
    except (OSError, OverflowError):
        first = bootstrap.split(",")[0]
        raise Failure(f"no broker answers at {first}: is it started, and is the address right?") from None
