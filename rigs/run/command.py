"""The run of scripts/run."""

from __future__ import annotations

from typing import Sequence

from rigs import tools
from rigs.build import JobAndCommand
from rigs.flink.cluster import Cluster
from rigs.flink.configuration import Shape
from rigs.flink.job import submit
from rigs.messages import say, step
from rigs.parts import fetch_distribution, fetch_jars, fetch_zipkin
from rigs.run.bounded import run_bounded
from rigs.run.kafka import prepare_kafka, reach
from rigs.run.live import run_live
from rigs.run.local_run import LocalRun
from rigs.run.options import Plan, read_plan
from rigs.runs import Run, guarded
from rigs.zipkin import Zipkin

SETTINGS = (
    "jobmanager.memory.process.size=1g",
    "taskmanager.memory.process.size=2560m",
    "taskmanager.memory.managed.fraction=0.25",
    "taskmanager.memory.task.off-heap.size=128m",
    # What the terminal shows should not be older than this.
    "metrics.fetcher.update-interval=2000",
)


def main(arguments: Sequence[str]) -> int:
    plan = read_plan(arguments)

    def body(run: Run) -> int:
        local_run = _set_up(run, plan)
        if plan.calls is None:
            run_live(local_run)
        else:
            run_bounded(local_run, plan.calls)
        return 0

    return guarded(body, plan.keep)


def _set_up(run: Run, plan: Plan) -> LocalRun:
    # What is wrong is told before minutes go into fetching and building.
    if plan.bootstrap is not None:
        reach(plan.bootstrap)
    chosen = None if plan.java is None else tools.use_java(run, plan.java)
    jdk = tools.get_all(run)
    java = chosen or jdk
    build = JobAndCommand(run)
    fetch_jars(run, "kafka")
    fetch_distribution(run)
    zipkin_jar = fetch_zipkin(run) if plan.with_zipkin else None
    job_jar = build.job_jar()
    if plan.calls is not None:
        # Its calls are of some minutes and come at once: a job that has been without calls for long takes what is
        # read first for all there is, and the others for late.
        build.command()
    kafka = prepare_kafka(run, java, plan)
    step(f"Starting Flink on {java}")
    cluster = Cluster(run, run.folder / "cluster")
    run.at_exit(lambda _: cluster.stop())
    cluster.start(java, Shape(1, plan.parallelism, settings=SETTINGS))
    step(f"Submitting {job_jar.name}")
    size = ["--parallelism", str(plan.parallelism)]
    where = ["--bootstrap", kafka.tools.bootstrap, *plan.topics, *plan.outputs(run.folder).job]
    job = submit(run, cluster, [job_jar, *where, *size])
    if kafka.broker is None:
        # An abandoned transaction would hold back the readers of a Kafka that lives on.
        run.at_exit(lambda _: job.cancel())
    zipkin = None
    if zipkin_jar is not None:
        step("Starting Zipkin")
        zipkin = Zipkin(run, jdk, zipkin_jar, kafka.tools.bootstrap, plan.spans_topic)
        zipkin.await_start()
    say()
    flow = f"{plan.input_topic} -> {plan.output_topic}, {plan.chains_topic}, {plan.rejects_topic}"
    say(f"  Kafka       {kafka.tools.bootstrap}   topics {flow}")
    say(f"  Flink's UI  {cluster.rest.url}/#/job/{job.id}/overview")
    if zipkin is not None:
        say(f"  Zipkin      {zipkin.url}/zipkin/   chains of {plan.spans_topic}; press RUN QUERY once there are some")
    say()
    return LocalRun(run, plan, kafka, cluster, job, build, zipkin)
