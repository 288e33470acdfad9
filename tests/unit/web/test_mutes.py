"""Mutes as a front knows them, and what a muted sender is told."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.domain.times import text_of
from schemas import records
from schemas.contexts.messages import MESSAGE
from tables.followed.mutes import Mutes
from tests.fakes.accounts import FakeClock
from tests.fakes.rooms import ROOM, FakeRooms
from tests.fakes.stomp import Front
from tests.samples import Since
from web.mutes import Muting, refusal_of

HOUR = 3600.0


def imposed(
    clock: FakeClock, fact_no: int = 1, room_id: str | None = None, account_id: str = "min"
) -> records.SanctionImposed:
    return records.SanctionImposed(
        fact_no=fact_no,
        request_id="r",
        sanction_id=f"s{account_id}{room_id}",
        account_id=account_id,
        room_id=room_id,
        reason="repeat",
        since=text_of(clock()),
        until=text_of(clock() + HOUR),
        at=text_of(clock()),
    )


def lifted(clock: FakeClock, fact_no: int, room_id: str | None = None) -> records.SanctionLifted:
    return records.SanctionLifted(
        fact_no=fact_no,
        request_id="r2",
        sanction_id=f"smin{room_id}",
        account_id="min",
        room_id=room_id,
        reason="repeat",
        until=text_of(clock() + HOUR),
        lifted_by="o",
        at=text_of(clock()),
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def mutes(clock: FakeClock) -> Mutes:
    return Mutes(clock)


def test_a_mute_of_all_rooms_holds_everywhere_until_it_ends(mutes: Mutes, clock: FakeClock) -> None:
    mutes.apply(0, imposed(clock))
    (refusal,) = mutes.in_force("min", "any").values()
    until = text_of(clock() + HOUR)
    assert refusal.details == {"reason": "muted", "until": until, "cause": "repeat"}
    assert not mutes.in_force("jun", "any")
    clock.now += HOUR
    assert not mutes.in_force("min", "any")


def test_a_mute_of_one_room_holds_there(mutes: Mutes, clock: FakeClock) -> None:
    mutes.apply(0, imposed(clock, room_id="a"))
    assert mutes.in_force("min", "a")
    assert not mutes.in_force("min", "b")


def test_a_lifted_mute_is_over_and_an_older_fact_does_not_bring_it_back(
    mutes: Mutes, clock: FakeClock
) -> None:
    mutes.apply(0, imposed(clock))
    mutes.apply(0, lifted(clock, 2))
    mutes.apply(0, imposed(clock))
    assert not mutes.in_force("min", "a")


def test_those_in_force_are_counted_and_how_many_are_new(mutes: Mutes, clock: FakeClock) -> None:
    assert mutes.counts(60) == (0, 0)
    mutes.apply(0, imposed(clock, room_id="a"))
    clock.now += 61
    mutes.apply(0, imposed(clock, 2, room_id="b"))
    assert mutes.counts(60) == (2, 1)
    mutes.apply(0, lifted(clock, 3, "b"))
    assert mutes.counts(60) == (1, 0)
    clock.now += HOUR
    assert mutes.counts(60) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.booleans()), max_size=8), st.data())
def test_any_repetition_of_facts_leaves_what_the_last_of_each_says(
    changes: list[tuple[str, bool]], data: st.DataObject
) -> None:
    clock = FakeClock()
    facts: list[Any] = [
        (imposed if is_imposed else lifted)(clock, n, room_id=room)
        for n, (room, is_imposed) in enumerate(changes, start=1)
    ]
    mutes = Mutes(clock)
    for n, fact in enumerate(facts):
        mutes.apply(0, fact)
        for again in data.draw(st.lists(st.sampled_from(facts[: n + 1]), max_size=2)):
            mutes.apply(0, again)
    for room in ("a", "b"):
        last = [is_imposed for name, is_imposed in changes if name == room]
        assert bool(mutes.in_force("min", room)) == (last[-1:] == [True])


def test_memory_holds_what_is_in_force_only(mutes: Mutes, clock: FakeClock) -> None:
    for n in range(1, 2000):
        mutes.apply(0, imposed(clock, n, account_id=f"a{n}"))
        clock.now += 60
    assert len(mutes._by_account) <= 61


async def test_a_stored_message_of_a_muted_account_may_be_repeated(
    mutes: Mutes, clock: FakeClock
) -> None:
    rooms = FakeRooms()
    rooms.create(ROOM, "min")
    stored = rooms.say(ROOM, "min")
    mutes.apply(0, imposed(clock))
    muting = Muting(mutes, rooms)
    assert await muting.refusal("min", ROOM, stored.message_id) is None
    assert await muting.refusal("min", ROOM, str(uuid4())) is not None


@pytest.mark.parametrize("message_id", [str(uuid4()), None], ids=["message", "change"])
async def test_a_mute_that_postgres_knows_as_lifted_refuses_nobody(
    mutes: Mutes, clock: FakeClock, message_id: str | None
) -> None:
    """A lift is answered when the stores know it; this front may hear of it later."""
    rooms = FakeRooms()
    rooms.create(ROOM, "min")
    mutes.apply(0, imposed(clock))
    mutes.apply(0, imposed(clock, 2, room_id=ROOM))
    muting = Muting(mutes, rooms)
    assert await muting.refusal("min", ROOM, message_id) is not None
    rooms.over = {"sminNone"}
    assert await muting.refusal("min", ROOM, message_id) is not None, "the other one holds"
    rooms.over = {"sminNone", f"smin{ROOM}"}
    assert await muting.refusal("min", ROOM, message_id) is None


async def test_a_muted_sender_is_told_why_and_until_when_and_nothing_is_produced(
    front: Front,
) -> None:
    fact = imposed(FakeClock(time.time()), room_id=ROOM)
    front.mutes.apply(0, fact)
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    message_id, moved = str(uuid4()), Since()
    await client.say(ROOM, message_id)
    frame: Any = await client.frame()
    body = json.loads(frame.body)
    assert body == {
        "type": "refused",
        "messageId": message_id,
        "code": "MESSAGE_REFUSED",
        "reason": "muted",
        "until": fact.until,
        "cause": "repeat",
    }
    assert front.wishes.asked == []
    refused = {"topic": MESSAGE.request.name, "code": "MESSAGE_REFUSED"}
    assert moved("wishes_not_produced_total", **refused) == 1


def test_a_refused_message_is_answered_with_its_rule() -> None:
    def refused(**changes: Any) -> records.MessageRefused:
        values = {"code": "MESSAGE_REFUSED", "reason": "rate", "until": "u"} | changes
        return records.MessageRefused(room_id="r", account_id="a", message_id="m", at="t", **values)

    assert refusal_of(refused()).details == {"reason": "rate", "until": "u"}
    assert refusal_of(refused(code="NOT_A_MEMBER")).details == {}
