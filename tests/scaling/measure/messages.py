"""What a message costs: CPU of each process, bytes in each store, bytes on each way."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.drive import Run, measured, process
from tests.bench.lag import settle
from tests.bench.processes import Cpu, Meter, memory_of, spent
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.messages import closed_job
from tests.scaling.constants import Constant
from tests.scaling.measure import stores
from tests.scaling.measure.traffic import Flow, Flows, Traffic, between

_THOUSAND = 1000
_FOLLOWERS = ("stats", "log", "user")
"""Services that read what was stored; nobody waits for them."""


@dataclass
class _Idle:
    """What the stack uses by itself in a second."""

    cpu: Cpu
    flows: Flows


def _idle(bench: Bench) -> _Idle:
    """Nobody says anything; heart-beats, empty fetches and checks go on."""
    meter, traffic = Meter(bench.stack), Traffic(bench.stack)
    cpu, flows, began = meter.read(), traffic.read(), time.monotonic()
    time.sleep(bench.sizes.idle_seconds)
    seconds = time.monotonic() - began
    used = {name: each / seconds for name, each in spent(cpu, meter.read()).items()}
    gone = between(flows, traffic.read())
    return _Idle(used, {key: Flow().less(flow, -1 / seconds) for key, flow in gone.items()})


@dataclass
class _Whole:
    """A load from before its first message until every reader has caught up."""

    run: Run
    cpu: Cpu
    flows: Flows
    topics: Mapping[str, int]
    rows: stores.Rows
    logs: int
    connections: Mapping[str, int]


def _whole(bench: Bench, idle: _Idle) -> _Whole:
    """Readers count and index what they were told; all of it is taken to the messages sent."""
    stack = bench.stack
    topics, rows, logs = (
        stores.kafka(stack),
        stores.postgres(stack),
        sum(stores.logs(stack).values()),
    )
    traffic, meter, began = Traffic(stack), Meter(stack), time.monotonic()
    cpu, flows = meter.read(), traffic.read()
    with process("load", closed_job(bench, bench.sizes.seconds)) as load:
        run = measured(stack, load)
    settle(stack)
    used, gone = spent(cpu, meter.read()), between(flows, traffic.read())
    connections = stores.connections(stack)
    seconds = time.monotonic() - began
    after = stores.postgres(stack)
    found = stores.kafka(stack)
    return _Whole(
        run,
        {name: each - seconds * idle.cpu.get(name, 0) for name, each in used.items()},
        {key: flow.less(idle.flows.get(key, Flow()), seconds) for key, flow in gone.items()},
        {topic: size - topics.get(topic, 0) for topic, size in found.items()},
        stores.Rows(
            after.tables - rows.tables,
            after.indices - rows.indices,
            after.wal - rows.wal,
            after.pages - rows.pages,
        ),
        sum(stores.logs(stack).values()) - logs,
        connections,
    )


def messages(bench: Bench) -> list[Constant]:
    """As fast as it goes, one socket an account, until every reader has caught up."""
    bench.people  # noqa: B018 (made before anything is measured)
    settle(bench.stack)
    bench.say("idle …")
    idle = _idle(bench)
    bench.say("a closed loop, until every reader has caught up …")
    whole = _whole(bench, idle)
    return [
        *_cpu(bench, whole),
        *_bytes(bench, whole),
        *_ways(bench, whole),
        *_idles(idle, whole),
        *_processes(bench),
    ]


def _processes(bench: Bench) -> list[Constant]:
    found = []
    for worker in bench.stack.workers:
        name = worker.name.removesuffix("-1")
        if name[-1].isdigit():
            continue  # the second of its kind
        what = f"resident memory of {name} after these loads"
        size = memory_of(bench.stack.pid(worker.name))
        found.append(Constant(f"memory.{name}.process", size, "bytes", what))
    return found


def _cpu(bench: Bench, whole: _Whole) -> list[Constant]:
    run = whole.run
    stored = max(run.result.acknowledged, 1) / _THOUSAND
    found = [
        Constant(
            "rate.closed",
            run.result.acknowledged / run.result.seconds,
            "messages/s",
            "stored in the closed loop, all on one machine",
        ),
        Constant("online.closed", bench.sizes.members, "sockets", "shown each message in it"),
    ]
    postgres = sum(cpu for name, cpu in run.cpu.items() if name.startswith("postgres-chat"))
    path = {
        "front.all": _of(run.cpu, "front"),
        "chat": _of(run.cpu, "chat"),
        "kafka": run.cpu["kafka"],
        "postgres": postgres,
    }
    sent = max(run.result.sent, 1) / _THOUSAND
    for name, used in path.items():
        shown = ", its deliveries to four sockets too" if name == "front.all" else ""
        what = f"{name.removesuffix('.all')}{shown}, while the closed loop goes on"
        found.append(Constant(f"cpu.{name}.message", used / stored, "s per 1,000 messages", what))
    for name in (*_FOLLOWERS, "elasticsearch", "front-auth"):
        what = f"{name}, until it has caught up, less what it uses idle"
        used = max(_of(whole.cpu, name), 0.0) / sent
        found.append(Constant(f"cpu.{name}.message", used, "s per 1,000 messages", what))
    return found


def _of(cpu: Cpu, service: str) -> float:
    """The CPU seconds of all processes of a service."""
    numbered = re.compile(rf"{service}(-\d+)?")
    return sum(used for name, used in cpu.items() if numbered.fullmatch(name))


def _bytes(bench: Bench, whole: _Whole) -> list[Constant]:
    sent = max(whole.run.result.sent, 1)
    kinds = {"request": 0, "response": 0, "event": 0, "changelog": 0, "other": 0}
    for topic, size in whole.topics.items():
        kinds[_kind(topic)] += size
    told = {
        "request": "the wish, on chatMessage.REQUEST",
        "response": "the fact, on chatMessage.RESPONSE",
        "event": "what other contexts are told of it, on EVENT topics",
        "changelog": "the live tables' changelogs, before they are compacted",
        "other": "every other topic: samples of lag, lines of logs, offsets",
    }
    found = [
        Constant(f"bytes.kafka.{kind}", size / sent, "bytes a message", told[kind])
        for kind, size in kinds.items()
    ]
    rows = whole.rows
    for name, size, what in (
        ("rows", rows.tables, "Postgres, rows of every table"),
        ("indices", rows.indices, "Postgres, their indices"),
        ("wal", rows.wal, "Postgres, the log of changes, whole pages included"),
    ):
        found.append(Constant(f"bytes.postgres.{name}", size / sent, "bytes a message", what))
    found.append(
        Constant("pages.postgres.wal", rows.pages / sent, "pages a message", "whole pages in it")
    )
    for kind in ("messages", "events"):
        documents, size = stores.elastic(bench.stack, kind)
        what = f"Elasticsearch, a document of {kind}, one copy, one segment of {documents:,}"
        value = size / max(documents, 1)
        found.append(Constant(f"bytes.elastic.{kind}", value, "bytes a document", what))
    what = "lines in the logs of all processes, at level INFO"
    return [*found, Constant("bytes.logs", whole.logs / sent, "bytes a message", what)]


def _kind(topic: str) -> str:
    if topic.endswith("-changelog"):
        return "changelog"
    if topic.startswith("kakao.chat.chatMessage."):
        return {"REQUEST": "request", "RESPONSE": "response"}.get(topic.rpartition(".")[2], "event")
    return "event" if topic == "kakao.user.conduct.EVENT" else "other"


def _ways(bench: Bench, whole: _Whole) -> list[Constant]:
    """Bytes a message on each way between the processes."""
    sent = max(whole.run.result.sent, 1)
    flows = whole.flows
    found = []
    for name in (bench.front, "chat-1", "stats-1", "log-1", "user-1"):
        flow = flows.get((name, "kafka"), Flow())
        plain = name.removesuffix("-1")
        for way, size in (("to", flow.sent), ("from", flow.received)):
            what = f"{plain} {way} the broker"
            constant = f"net.{plain}.{way}_kafka"
            found.append(Constant(constant, max(size, 0) / sent, "bytes a message", what))
    indexed = flows.get(("log-1", "elasticsearch"), Flow())
    what = "log to Elasticsearch"
    found.append(Constant("net.log.to_elastic", indexed.sent / sent, "bytes a message", what))
    return found


def _idles(idle: _Idle, whole: _Whole) -> list[Constant]:
    found = []
    for name in ("front-1", "chat-1", "stats-1", "log-1", "user-1", "kafka", "elasticsearch"):
        plain = name.removesuffix("-1")
        what = f"{plain}, while nobody says anything"
        found.append(Constant(f"idle.{plain}.cpu", idle.cpu.get(name, 0.0), "s a second", what))
        flow = idle.flows.get((name, "kafka"))
        if flow is not None:
            what = f"requests of {plain} to the broker, idle (segments with data)"
            found.append(Constant(f"idle.{plain}.requests", flow.segments, "a second", what))
            what = f"{plain} from the broker, idle"
            found.append(Constant(f"idle.{plain}.bytes", flow.received, "bytes a second", what))
    for name, count in sorted(whole.connections.items()):
        what = f"connections of `{name or '–'}` to both chat databases after the load"
        found.append(Constant(f"connections.{name or 'unnamed'}", count, "connections", what))
    return found
