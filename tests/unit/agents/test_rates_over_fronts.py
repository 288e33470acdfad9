"""How much one account may say through several fronts at once: what the edge lets through one.

Each front has a bucket of its own; the rules of a room and those over all rooms hear of every
message, whichever front it came through. Time is a clock of the test's own.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.conduct import ConductSink, judged_together
from agents.messages.moderation import Moderator
from agents.messages.verdicts import PlacedWish, news_of
from chatstream.domain.abuse.policy import DEFAULT, own_policy
from chatstream.domain.abuse.verdicts import Reason
from chatstream.errors import ErrorCode
from chatstream.ports.messages import MessageOutcome
from chatstream.settings import LimitSettings
from schemas import records
from schemas.contexts.conduct import SANCTION
from tables.conduct import AccountConduct
from tests.fakes.accounts import FakeClock
from tests.fakes.producing import PARTITIONS, FixedPolicy, Producer, app_over, event_of
from web.edge.rates import MessageRates

MIN = str(uuid4())
LIMITS = LimitSettings()


class Table:
    """tables.base.DurableTable as far as conduct uses it."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def read(self, partition: int, keys: Sequence[str]) -> dict[str, Any]:
        return {key: self.held[key] for key in keys if key in self.held}

    def scan(self, partition: int, start: str = "") -> Iterator[tuple[str, Any]]:
        return iter(())

    async def write(self, partition: int, changes: dict[str, Any]) -> None:
        self.held.update(changes)


@dataclass
class World:
    """Fronts, the chat worker behind them, and the agent that hears of all rooms."""

    fronts: int
    limits: LimitSettings = LIMITS
    clock: FakeClock = field(default_factory=FakeClock)
    stored: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    reasons: list[Reason | None] = field(default_factory=list)
    offset: int = 0

    def __post_init__(self) -> None:
        policies = FixedPolicy(
            own_policy(self.limits.message_burst, self.limits.messages_per_second)
        )
        self.edges = [MessageRates(self.limits, self.clock) for _ in range(self.fronts)]
        self.moderator = Moderator(policies, self.clock)
        self.producer, table = Producer(), Table()
        held: Any = table
        self.conduct = ConductSink(app_over(self.producer), AccountConduct(held), policies)

    async def say(self, room_id: str, front: int) -> bool:
        """True when the front lets the message through; what becomes of it is kept here."""
        if self.edges[front].take(MIN):
            return False
        self.offset += 1
        # Not at random: in a UUID now and then stands a word of the lists, as `fa99`.
        text = "가나다라마바사 " + "".join("강남동서북중산들길물"[int(n)] for n in str(self.offset))
        said = PlacedWish(0, self.offset, room_id, MIN, str(uuid4()), text, self.clock.now)
        verdicts = await self.moderator.judge("chat0", [said])
        (judged,) = verdicts.judged
        code = str(ErrorCode.MESSAGE_REFUSED) if judged.is_refused else None
        self.moderator.settle(verdicts, {0: MessageOutcome(0, code)})
        self.moderator.finish("chat0")
        self.reasons.append(judged.verdict.reason)
        if code is None:
            self.stored[room_id].append(self.clock.now)
        heard, _ = news_of(verdicts.counted or ())
        for one in judged_together(heard, PARTITIONS):
            await self.conduct.process("l", [event_of(one.topic, one.value or b"", MIN)])
        return True

    @property
    def mutes_everywhere(self) -> list[records.ImposeSanction]:
        return self.producer.told(SANCTION.request.name)


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most of the times that lie in any window of so many seconds."""
    ordered = sorted(times)
    return max(bisect.bisect_left(ordered, at + seconds) - n for n, at in enumerate(ordered))


def passed_in(seconds: float, limits: LimitSettings = LIMITS) -> float:
    """What one front's bucket lets through in so many seconds."""
    return limits.message_burst + limits.messages_per_second * seconds


@pytest.mark.parametrize("fronts", [2, 3])
async def test_one_room_takes_of_all_fronts_what_one_front_lets_through(fronts: int) -> None:
    world, room_id = World(fronts), str(uuid4())
    sent = 0
    for _ in range(120):  # 12 seconds, ten steps a second, each front as often as it can
        for front in range(fronts):
            while await world.say(room_id, front):
                sent += 1
        world.clock.now += 0.1
    assert sent > passed_in(12), "the fronts alone do not hold the limit"
    assert most_within(world.stored[room_id], 10) <= passed_in(10)
    assert Reason.RATE in world.reasons


async def test_going_from_room_to_room_and_front_to_front_ends_in_a_mute_of_all_rooms() -> None:
    world, rooms = World(2), [str(uuid4()) for _ in range(8)]
    for n in range(400):
        if not await world.say(rooms[n % 8], n % 2):
            world.clock.now += 0.1
        if world.mutes_everywhere:
            break
    said = [at for times in world.stored.values() for at in times]
    assert [one.reason for one in world.mutes_everywhere] == ["rate"]
    assert world.mutes_everywhere[0].room_id is None
    over = len(said) - passed_in(20)
    assert 0 < over <= DEFAULT.escalation.ladder[0].points, "what it takes to be muted, no more"


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.floats(0, 3), st.integers(0, 2)), min_size=1, max_size=60
    ),
    st.sampled_from([(5, 0.5), (7, 2.0), (3, 0.3)]),
)
async def test_whoever_keeps_to_the_limit_of_one_front_is_never_refused_for_the_rate(
    bursts: list[tuple[int, float, int]], limits: tuple[int, float]
) -> None:
    burst, rate = limits
    world = World(1, LimitSettings(message_burst=burst, messages_per_second=rate))
    rooms = [str(uuid4()) for _ in range(3)]
    for count, wait, room in bursts:
        for _ in range(count):
            await world.say(rooms[room], 0)
        world.clock.now += wait
    assert set(world.reasons) <= {None}
    assert world.mutes_everywhere == []
