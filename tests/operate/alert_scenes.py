"""What makes alerts true, as scenes: of those that do not disturb each other several play at once.

A scene returns when its alerts came to the webhook, and undoes what it did.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chatstream.domain.documents import MESSAGES
from chatstream.settings import ElasticSettings
from infra.elastic.client import connect
from schemas.contexts.messages import MESSAGE
from tests.client.api import PASSWORD, Refused, User, sign_up
from tests.client.metrics import samples, total
from tests.client.stomp import Closed, Socket
from tests.client.waiting import eventually, pause
from tests.operate.watched import Exporter, Prometheus, Receiver, WatchedStack

log = logging.getLogger(__name__)

WITHIN = 180.0
PLACE = '{group="g",topic="T",partition="0"}'
EXPORTED = {
    "ConsumerGroupBehind": f"kafka_consumergroup_group_lag_seconds{PLACE}",
    "ConsumerGroupStopped": f"kafka_consumergroup_group_lag{PLACE}",
    "ProcessSaturated": "process_cpu_seconds_total",
    "GenerationsDiffer": "chatstream_stats_generation",
    "SlotLost": 'chatstream_cdc_renewals_total{database="d"}',
    "CaptureStands": 'chatstream_cdc_differences{database="d"}',
    "CouponAuditDiffers": "chatstream_coupon_audit_differences",
    "ProgramFault": 'chatstream_sockets_closed_total{code="1011"}',
}


def shorten(seconds: float) -> float:
    """Times of the rules as the tests have them."""
    return min(60.0, max(5.0, seconds / 40))


class Rig:
    """The stack, who hears its alerts, and two who chat on it."""

    def __init__(self, stack: WatchedStack, receiver: Receiver, exporter: Exporter) -> None:
        self.stack = stack
        self.receiver = receiver
        self.exporter = exporter
        self.prometheus = Prometheus(stack)
        self._told: dict[str, int] = {}

    async def silent(self, name: str, **labels: str) -> None:
        """Return when the alert does not fire; what is told from here on is what `fires` awaits."""
        await self.prometheus.until_silent(name, **labels)
        self._told[name] = len(self.receiver.alerts)

    async def fires(self, name: str, within: float = WITHIN, **labels: str) -> None:
        """Return when the webhook was told of the alert since it was silent."""
        began, since = time.monotonic(), self._told[name]

        async def is_told() -> bool:
            return bool(self.receiver.fired(name, since, **labels))

        await eventually(is_told, within, 0.2)
        log.info("%s %s was told after %.0f s", name, labels, time.monotonic() - began)


Scene = Callable[..., Coroutine[Any, Any, None]]
Ends = Mapping[Scene, BaseException | None]
"""How each scene ended; None for one whose alerts were told."""


async def at_once(*played: partial[Coroutine[Any, Any, None]]) -> Ends:
    """Play these scenes, all to their ends."""
    found = await asyncio.gather(*(each() for each in played), return_exceptions=True)
    return {each.func: end for each, end in zip(played, found, strict=True)}


def ended_well(ends: Ends, scene: Scene) -> None:
    """Raises what ended this scene."""
    if (error := ends[scene]) is not None:
        raise error


def message_of(user: User) -> dict[str, Any]:
    body = {"messageId": str(uuid4()), "message": "안녕하세요 커피 마셔요"}
    return {"json": body, "headers": user.authorization}


async def say(user: User, room: str) -> None:
    await user.call("POST", f"/chat/{room}", **message_of(user))


@asynccontextmanager
async def repeated(
    *works: Callable[[], Awaitable[object]], every: float = 0.05
) -> AsyncIterator[None]:
    """Do these again and again meanwhile, whatever they are answered."""

    async def go_on(work: Callable[[], Awaitable[object]]) -> None:
        while True:
            with suppress(Refused, Closed, aiohttp.ClientError, TimeoutError, ConnectionError):
                await work()
            await pause(every)

    tasks = [asyncio.create_task(go_on(work)) for work in works]
    try:
        yield
        assert not any(task.done() for task in tasks), "a work ended with an unknown error"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def a_process_down_and_a_group_without_rest(rig: Rig) -> None:
    for name in ("ProcessDown", "RebalancesRepeat"):
        await rig.silent(name, service="chat")
    telling = asyncio.create_task(rig.fires("RebalancesRepeat", service="chat"))
    await asyncio.to_thread(rig.stack.stop_process, "chat-2")
    await rig.fires("ProcessDown", instance="chat-2", severity="ticket")
    await asyncio.to_thread(rig.stack.start_process, "chat-2")
    await asyncio.to_thread(rig.stack.wait_ready, "chat-2")
    while not telling.done():
        await asyncio.to_thread(rig.stack.kill, "chat-2")
        await asyncio.to_thread(rig.stack.wait_ready, "chat-2")
    await telling
    await rig.silent("ProcessDown", instance="chat-2")


async def a_service_down_and_an_erasure_stuck(rig: Rig) -> None:
    leaving = await sign_up(rig.stack.base_url, "leaving")
    for name in ("ServiceDown", "ErasureStuck"):
        await rig.silent(name)
    await asyncio.to_thread(rig.stack.stop_process, "friend-1")
    await rig.fires("ServiceDown", service="friend", severity="page")
    await leaving.call("DELETE", "/user/me", {"password": PASSWORD})
    await leaving.close()
    await rig.fires("ErasureStuck", 300, what="a step fails again and again")
    # One message for both: the process' own would say the same.
    assert rig.receiver.fired("ProcessDown", service="friend") == []
    await asyncio.to_thread(rig.stack.start_process, "friend-1")
    await rig.silent("ErasureStuck")
    await rig.silent("ServiceDown")


async def a_process_that_restarts(rig: Rig) -> None:
    await rig.silent("ProcessRestarts")
    telling = asyncio.create_task(rig.fires("ProcessRestarts", instance="front-auth"))
    while not telling.done():
        await asyncio.to_thread(rig.stack.kill, "front-auth")
        await asyncio.to_thread(rig.stack.wait_ready, "front-auth")
    await telling


async def half_of_the_sockets_lost(rig: Rig, minsu: User) -> None:
    await rig.silent("SocketsLost")
    sockets = [Socket(minsu) for _ in range(40)]
    for socket in sockets:
        await socket.connect()

    async def were_open_for_long() -> bool:
        offset = f"{shorten(600):.0f}s"
        found = await rig.prometheus.series(f"sum(chatstream_sockets_open offset {offset}) >= 40")
        return bool(found)

    await eventually(were_open_for_long, WITHIN)
    for socket in sockets:
        await socket.close()
    await rig.fires("SocketsLost", severity="page")


async def elasticsearch_away_and_slow(rig: Rig, minsu: User, room: str) -> None:
    await rig.silent("LogLinesStand")
    for name in ("LaneStalled", "AgentBehind"):
        await rig.silent(name, agent="log.sink")
    await asyncio.to_thread(rig.stack.stop_process, "elasticsearch")
    async with repeated(lambda: say(minsu, room), every=0.5):
        await asyncio.gather(
            rig.fires("LaneStalled", agent="log.sink", severity="ticket"),
            rig.fires("LogLinesStand"),
        )
    await asyncio.to_thread(rig.stack.start_process, "elasticsearch")
    await asyncio.to_thread(rig.stack.wait_ready, "elasticsearch")
    for name in ("LaneStalled", "AgentBehind"):
        await rig.silent(name, agent="log.sink")
    async with repeated(lambda: _falter(rig), lambda: say(minsu, room)):
        await rig.fires("AgentBehind", agent="log.sink")
    await rig.silent("AgentBehind", agent="log.sink")


async def _falter(rig: Rig) -> None:
    """Elasticsearch takes one bulk write, and then none for seven seconds."""
    before = await _acknowledged(rig)

    async def has_taken_one() -> bool:
        return await _acknowledged(rig) > before

    await eventually(has_taken_one, WITHIN, 0.1)
    rig.stack.pause("elasticsearch")
    try:
        await pause(7)
    finally:
        rig.stack.resume("elasticsearch")


async def _acknowledged(rig: Rig) -> float:
    found = await samples(rig.stack, "log-1")
    return total(found, "acknowledged_age_seconds_count", agent="log.sink")


async def a_document_gone(rig: Rig, minsu: User, room: str) -> None:
    await rig.silent("CopiesDiffer", copy="search")
    await say(minsu, room)
    async with connect(ElasticSettings(url=rig.stack.elastic_url)) as client:

        async def is_gone() -> bool:
            await client.indices.refresh(index=f"{MESSAGES}-*")
            found = await client.search(index=f"{MESSAGES}-*", size=1)
            for hit in found["hits"]["hits"]:
                await client.delete(index=hit["_index"], id=hit["_id"])
            return bool(found["hits"]["hits"])

        await eventually(is_gone, WITHIN)
    await rig.fires("CopiesDiffer", copy="search")


async def records_lost(rig: Rig, minsu: User, room: str) -> None:
    await rig.silent("RecordsLost")
    await asyncio.to_thread(rig.stack.stop_process, "log-1")
    for _ in range(3):
        await say(minsu, room)
    admin = AIOKafkaAdminClient(bootstrap_servers=rig.stack.bootstrap)
    await admin.start()
    places = [TopicPartition(MESSAGE.response.name, number) for number in range(8)]
    await admin.delete_records(dict.fromkeys(places, RecordsToDelete(before_offset=-1)))
    await admin.close()
    await asyncio.to_thread(rig.stack.start_process, "log-1")
    # What is missing is seen by the next record behind it.
    await say(minsu, room)
    await rig.fires("RecordsLost", topic=MESSAGE.response.name, severity="page")


async def records_unreadable(rig: Rig) -> None:
    for name in ("UnreadableRecords", "DeadLetters", "DeadLettersExpire"):
        await rig.silent(name)
    producer = AIOKafkaProducer(bootstrap_servers=rig.stack.bootstrap)
    await producer.start()
    await producer.send_and_wait("kakao.chat.policy.EVENT", b"no policy", b"k", partition=0)
    await producer.send_and_wait(MESSAGE.response.name, b"no fact", b"k", partition=0)
    await producer.stop()
    await asyncio.gather(
        rig.fires("UnreadableRecords", topic="kakao.chat.policy.EVENT"),
        rig.fires("DeadLetters", topic=MESSAGE.response.name, reason="unreadable"),
        rig.fires("DeadLettersExpire", severity="page"),
    )


async def what_is_exported(rig: Rig) -> None:
    """All of EXPORTED at once: each is told by a metric of its own."""
    for name in EXPORTED:
        await rig.silent(name)
    told, growing = rig.exporter.samples, rig.exporter.growing
    for name, metric in EXPORTED.items():
        if name == "ProcessSaturated":
            growing[metric] = 5.0  # a second, also where a scrape is late
        else:
            told[metric] = 90.0
    moved = EXPORTED["ConsumerGroupStopped"].replace("_lag", "_offset")
    told[moved] = 7.0
    await asyncio.gather(*(rig.fires(name) for name in EXPORTED))
    growing.clear()
    for metric in (*EXPORTED.values(), moved):
        told.pop(metric)
