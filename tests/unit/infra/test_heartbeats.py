"""What a process tells of itself, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from prometheus_client import Gauge

from chatstream.domain.overview.processes import EVERY, HOLDS
from chatstream.errors import TransientFailure
from infra.heartbeats import Heartbeats, Who, counted
from infra.kafka.producer import Outgoing
from schemas import codec, records
from schemas.contexts.ops import PROCESS

NUMBER = Gauge("test_heartbeats_number", "a metric of the test's own", ["topic", "reason"])
WHO = Who(instance="a", worker="chat-1", service="chat", partitions=8)


@dataclass
class World:
    """A process whose state is set, and a topic that may be away."""

    now: float = 0.0
    reasons: dict[str, str] = field(default_factory=dict)
    away: tuple[str, ...] = ()
    is_up: bool = True
    told: list[Outgoing] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, outgoing: Sequence[Outgoing]) -> None:
        if not self.is_up:
            raise TransientFailure("kafka: away")
        self.told.extend(outgoing)
        self.first.set()

    def beats(self) -> Heartbeats:
        return Heartbeats(
            self.put, WHO, lambda: self.reasons, lambda: self.away, clock=lambda: self.now
        )

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.records]

    @property
    def records(self) -> list[records.Heartbeat]:
        return [codec.decode(PROCESS.event.name, each.value or b"") for each in self.told]


async def test_what_another_service_of_the_process_tells_is_not_told_again() -> None:
    world = World()
    beats = Heartbeats(world.put, WHO, dict, counts=dict)
    await beats.look()
    assert world.records[0].counts == {}


async def test_it_is_told_at_once_then_every_ten_seconds_and_at_each_change() -> None:
    world = World(now=100.0)
    beats = world.beats()
    for seconds in (0, 1, EVERY - 1, EVERY, EVERY + 1):
        world.now = 100.0 + seconds
        await beats.look()
    assert world.states == ["ready", "ready"]
    world.reasons, world.away = {"tail": "it is behind"}, ("elastic", "chat-0", "elastic")
    await beats.look()
    await beats.look()
    assert world.states == ["ready", "ready", "unready"]
    last = world.records[-1]
    assert (last.reasons, last.away) == (world.reasons, ("chat-0", "elastic"))
    assert (last.worker, last.service, last.instance, last.holds) == ("chat-1", "chat", "a", HOLDS)
    assert {each.key for each in world.told} == {b"chat-1"}
    assert len({each.partition for each in world.told}) == 1


async def test_what_kafka_did_not_take_is_told_as_soon_as_it_does() -> None:
    world = World(now=100.0, is_up=False)
    beats = world.beats()
    await beats.look()
    assert world.told == []
    world.is_up = True
    await beats.look()
    assert world.states == ["ready"]


async def test_the_last_word_is_told_and_nothing_after_it() -> None:
    world = World(now=100.0)
    beats = world.beats()
    await beats.start()
    async with asyncio.timeout(60):
        await world.first.wait()
    await beats.goodbye()
    assert world.states == ["ready", "ended"]
    assert beats.should_stop


async def test_a_last_word_that_kafka_does_not_take_holds_nobody_up() -> None:
    world = World(is_up=False)
    await world.beats().goodbye()
    assert world.told == []


def test_metrics_are_named_with_the_values_of_their_labels() -> None:
    NUMBER.labels("t", "r").set(3)
    assert counted(["test_heartbeats_number", "there_is_none"]) == {
        "test_heartbeats_number|t|r": 3.0
    }
