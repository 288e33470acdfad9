"""The conduct agent's sink: what accounts do over all rooms, judged once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from agents.conduct import ConductSink, invitation_of
from chatstream.domain.abuse.account import AccountCounters
from chatstream.domain.abuse.policy import AccountLimits, Escalation, Limit, Policy, Rung
from chatstream.domain.times import from_text, to_text
from chatstream.errors import PoisonMessage, TransientFailure
from schemas import records, topics
from tables.conduct import AccountConduct, Entry
from tests.fakes.producing import FixedPolicy, Producer, app_over, event_of

EVENT, FACTS = topics.CONDUCT_EVENT.name, topics.SANCTION_RESPONSE.name
REQUEST = topics.SANCTION_REQUEST.name
ACCOUNT = str(uuid4())
BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = Policy(
    version="test",
    account=AccountLimits(messages=Limit(3, 60.0), people=Limit(5, 60.0), rooms=Limit(2, 60.0)),
    escalation=Escalation(ladder=(Rung(4, 600.0),)),
)


class Table:
    """tables.base.DurableTable as far as conduct uses it, over JSON values."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.writes = 0

    def read(self, partition: int, keys: Sequence[str]) -> dict[str, Any]:
        return {key: self.held[key] for key in keys if key in self.held}

    async def write(self, partition: int, changes: Mapping[str, Any]) -> None:
        self.writes += 1
        self.held.update(changes)


class Rig:
    def __init__(self) -> None:
        self.producer, self.table, self.policies = Producer(), Table(), FixedPolicy(POLICY)
        table: Any = self.table
        app = app_over(self.producer)
        self.sink = ConductSink(app, AccountConduct(table), self.policies)

    async def process(self, *found: records.Record, topic: str = EVENT) -> None:
        await self.sink.process("l", [event_of(topic, record, ACCOUNT) for record in found])

    @property
    def mutes(self) -> list[records.ImposeSanction]:
        return self.producer.told(REQUEST)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def said(offset: int, **changes: Any) -> records.MessageJudged:
    values: dict[str, Any] = {
        "account_id": ACCOUNT,
        "room_id": "room",
        "partition": 3,
        "offset": offset,
        "outcome": "pass",
        "reason": None,
        "gist": f"g{offset}",
        "letters": 20,
        "links": 0,
        "invites": False,
        "at": to_text(BEGIN + timedelta(seconds=offset)),
    }
    return records.MessageJudged(**(values | changes))


def invited(fact_no: int, people: int) -> records.PeopleInvited:
    return records.PeopleInvited(
        account_id=ACCOUNT,
        room_id="room",
        partition=3,
        fact_no=fact_no,
        people=people,
        at=to_text(BEGIN),
    )


def lifted(fact_no: int, room_id: str | None = None) -> records.SanctionLifted:
    return records.SanctionLifted(
        fact_no=fact_no,
        request_id="r",
        sanction_id="s",
        account_id=ACCOUNT,
        room_id=room_id,
        reason="rate",
        until=to_text(BEGIN + timedelta(hours=1)),
        lifted_by="o",
        at=to_text(BEGIN),
    )


async def test_too_much_over_all_rooms_becomes_a_mute_of_all_rooms(rig: Rig) -> None:
    await rig.process(*(said(n, room_id=f"room-{n}") for n in range(5)))
    (mute,) = rig.mutes
    assert (mute.account_id, mute.room_id, mute.reason) == (ACCOUNT, None, "rate")
    assert from_text(mute.until) == from_text(mute.since) + timedelta(seconds=600)


async def test_a_record_that_comes_again_counts_once(rig: Rig) -> None:
    for _ in range(5):
        await rig.process(said(1), said(2))
    assert rig.mutes == []
    assert rig.table.writes == 1


async def test_a_batch_that_failed_asks_for_the_same_mute_again(rig: Rig) -> None:
    batch = [said(n) for n in range(5)]
    await rig.process(*batch[:3])
    write, rig.table.write = rig.table.write, _failing  # type: ignore[method-assign]  # a fault
    with pytest.raises(TransientFailure):
        await rig.process(*batch[3:])
    rig.table.write = write  # type: ignore[method-assign]  # the fault is over
    await rig.process(*batch[3:])
    first, second = rig.mutes
    assert first.request_id == second.request_id


async def _failing(partition: int, changes: Mapping[str, Any]) -> None:
    raise TransientFailure("kafka: away")


async def test_offences_of_different_rooms_add_up(rig: Rig) -> None:
    await rig.process(
        said(1, room_id="a", outcome="refuse", reason="banned_word"),
        said(2, room_id="b", outcome="refuse", reason="banned_word"),
    )
    assert [mute.reason for mute in rig.mutes] == ["banned_word"]


async def test_what_is_refused_while_muted_adds_nothing(rig: Rig) -> None:
    await rig.process(*(said(n, outcome="refuse", reason="muted") for n in range(9)))
    assert rig.mutes == []


async def test_inviting_too_many_people_is_an_offence(rig: Rig) -> None:
    await rig.process(invited(1, 5), invited(1, 5))
    assert rig.mutes == []
    await rig.process(invited(2, 1), invited(3, 1))
    assert [mute.reason for mute in rig.mutes] == ["invitations"]


async def test_one_text_in_too_many_rooms_mutes(rig: Rig) -> None:
    await rig.process(*(said(n, room_id=f"r{n}", gist="same") for n in range(3)))
    assert [mute.reason for mute in rig.mutes] == ["many_rooms"]


async def test_who_was_forgiven_begins_anew_and_a_repeat_forgives_nothing_later(rig: Rig) -> None:
    offence = {"outcome": "refuse", "reason": "banned_word"}
    await rig.process(said(1, **offence))
    await rig.process(lifted(1), topic=FACTS)
    await rig.process(said(2, **offence))
    assert rig.mutes == []
    await rig.process(lifted(1), topic=FACTS)
    await rig.process(said(3, **offence))
    assert len(rig.mutes) == 1


async def test_lifting_a_mute_of_one_room_leaves_the_mute_of_all(rig: Rig) -> None:
    await rig.process(*(said(n, outcome="refuse", reason="links") for n in (1, 2)))
    until = entry(rig).counters.conduct.muted_until
    assert until > 0
    await rig.process(lifted(1, room_id="room"), topic=FACTS)
    assert entry(rig).counters.conduct.muted_until == until
    await rig.process(lifted(2), topic=FACTS)
    assert entry(rig).counters.conduct.muted_until == 0


async def test_a_policy_that_changes_counts_from_the_next_record_on(rig: Rig) -> None:
    rig.policies.policy = Policy(version="loose", account=AccountLimits(messages=Limit(99, 60.0)))
    await rig.process(*(said(n) for n in range(50)))
    assert rig.mutes == []


@pytest.mark.parametrize("changes", [{"outcome": "?"}, {"reason": "?"}, {"at": "?"}])
async def test_a_record_that_means_nothing_is_poison(rig: Rig, changes: dict[str, str]) -> None:
    with pytest.raises(PoisonMessage):
        await rig.process(said(1, **changes))
    await rig.sink.reject(event_of(EVENT, said(1, **changes), ACCOUNT), "why")
    assert [topic for topic, *_ in rig.producer.sent] == [topics.CONDUCT_DLQ.name]


def test_who_brings_others_in_is_told_and_who_comes_alone_is_not() -> None:
    base: dict[str, Any] = {"request_id": "r", "room_id": "room", "account_id": ACCOUNT}
    state: dict[str, Any] = {"fact_no": 7, "member_count": 3, "access_version": 1}
    other = records.Member("other", "jun", "준")
    myself = records.Member(ACCOUNT, "min", "민")
    joined = records.MemberJoined(**base, **state, member=other, at="t")
    asked = invitation_of(3, joined)
    assert asked == records.PeopleInvited(
        account_id=ACCOUNT, room_id="room", partition=3, fact_no=7, people=1, at="t"
    )
    assert invitation_of(3, records.MemberJoined(**base, **state, member=myself, at="t")) is None
    made = records.RoomCreated(
        **base, **state, kind="group", name="", owner=myself, members=(myself,), created_at="t"
    )
    created = invitation_of(3, made)
    assert created is not None
    assert created.people == 2


def test_an_entry_reads_back_from_its_value() -> None:
    assert AccountCounters.unpack(Entry().counters.pack()) == Entry().counters


def entry(rig: Rig) -> Entry:
    table: Any = rig.table
    return AccountConduct(table).read(0, [ACCOUNT])[ACCOUNT]
