"""The conduct agent's sink: what accounts do over all rooms, judged once each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from agents.conduct import ConductSink, invitation_of, judged_together
from chatstream.domain.abuse.account import AccountCounters
from chatstream.domain.abuse.policy import AccountLimits, Escalation, Limit, Policy, Rung
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import from_text, to_text
from chatstream.errors import PoisonMessage, TransientFailure
from schemas import codec, records
from schemas.contexts.accounts import ACCOUNT as ACCOUNT_STREAM
from schemas.contexts.conduct import CONDUCT, SANCTION
from tables.conduct import AccountConduct, Entry
from tests.fakes.producing import PARTITIONS, FixedPolicy, Producer, app_over, event_of

EVENT, FACTS = CONDUCT.event.name, SANCTION.response.name
REQUEST = SANCTION.request.name
ACCOUNTS = ACCOUNT_STREAM.response.name
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

    def scan(self, partition: int, start: str = "") -> Iterator[tuple[str, Any]]:
        return iter(sorted((key, value) for key, value in self.held.items() if key >= start))

    async def write(self, partition: int, changes: Mapping[str, Any]) -> None:
        self.writes += 1
        for key, value in changes.items():
            if value is None:
                del self.held[key]
            else:
                self.held[key] = value


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


def someone_beside(account_id: str) -> str:
    """Another account of the same partition."""
    place = partition_of(account_id, PARTITIONS)
    return next(
        each for each in map(str, iter(uuid4, None)) if partition_of(each, PARTITIONS) == place
    )


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


async def test_of_an_erased_account_only_the_places_that_were_read_are_remembered(
    rig: Rig,
) -> None:
    await rig.process(said(1), said(2))
    erased = records.AccountErased(
        fact_no=9, request_id="r", account_id=ACCOUNT, saga_id="g", at=to_text(BEGIN)
    )
    for _ in range(2):
        await rig.process(erased, topic=ACCOUNTS)
    entry = AccountConduct(cast("Any", rig.table)).read(0, [ACCOUNT])[ACCOUNT]
    assert entry.counters == AccountCounters()
    assert entry.seen == {"messages-3": 2, "accounts": 9}


async def test_nothing_is_written_for_an_erased_account_that_nobody_remembers(rig: Rig) -> None:
    await rig.process(
        records.AccountErased(
            fact_no=9, request_id="r", account_id=ACCOUNT, saga_id="g", at=to_text(BEGIN)
        ),
        topic=ACCOUNTS,
    )
    assert rig.table.held == {}


async def test_a_record_that_comes_again_counts_once(rig: Rig) -> None:
    for _ in range(5):
        await rig.process(said(1), said(2))
    assert rig.mutes == []
    assert rig.table.writes == 1


async def test_messages_that_come_in_one_record_count_as_if_each_came_alone(rig: Rig) -> None:
    together, alone = rig, Rig()
    heard = [said(n, room_id=f"room-{n}") for n in range(5)]
    heard += [said(9, account_id=someone_beside(ACCOUNT))]
    (record,) = judged_together(heard, PARTITIONS)
    for _ in range(2):
        await together.sink.process("l", [event_of(record.topic, record.value or b"", ACCOUNT)])
    await alone.process(*heard)
    assert together.table.held == alone.table.held
    assert together.mutes == alone.mutes != []


def test_judged_messages_are_told_by_the_partition_of_their_account_in_their_order() -> None:
    accounts = [str(uuid4()) for _ in range(20)]
    told = judged_together([said(n, account_id=accounts[n % 20]) for n in range(60)], PARTITIONS)
    assert len({each.partition for each in told}) == len(told)
    for each in told:
        found = codec.decode(each.topic, each.value).messages
        assert each.key == found[0].account_id.encode()
        assert {partition_of(one.account_id, PARTITIONS) for one in found} == {each.partition}
        assert [one.offset for one in found] == sorted(one.offset for one in found)


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
    assert [topic for topic, *_ in rig.producer.sent] == [CONDUCT.dlq.name]


async def test_whoever_is_idle_is_forgotten_and_the_table_holds_the_last_windows_only(
    rig: Rig,
) -> None:
    for n in range(400):  # of accounts that wrote once, seven or eight are in the last 700 seconds
        await rig.process(said(n * 100, account_id=str(uuid4())))
        assert len(rig.table.held) <= 40
    for at in (50_000, 50_100):  # the first looks up to the last entry, the second at all of them
        await rig.process(*(said(at + n, account_id=str(uuid4())) for n in range(40)))
    assert len(rig.table.held) == 80
    assert rig.mutes == []


async def test_who_is_muted_or_has_offended_lately_is_not_forgotten(rig: Rig) -> None:
    await rig.process(said(0, outcome="refuse", reason="links"))
    for n in range(1, 4200, 100):
        await rig.process(*(said(n + k, account_id=str(uuid4())) for k in range(3)))
        assert (ACCOUNT in rig.table.held) or n > 3600
    for at in (9000, 9300):
        await rig.process(*(said(at + k, account_id=str(uuid4())) for k in range(200)))
    assert ACCOUNT not in rig.table.held


async def test_a_record_that_comes_late_finds_what_it_needs(rig: Rig) -> None:
    await rig.process(*(said(n) for n in range(3)))
    await rig.process(*(said(500 + n, account_id=str(uuid4())) for n in range(20)))
    await rig.process(said(3), said(4))
    assert [mute.reason for mute in rig.mutes] == ["rate"]


async def test_a_backlog_is_judged_as_if_it_had_come_in_time(rig: Rig) -> None:
    """Idle is told by the records' own times: the worker may have been away for days."""
    await rig.process(said(0, outcome="refuse", reason="links"))
    await rig.process(*(said(1000 + n, account_id=str(uuid4())) for n in range(20)))
    await rig.process(said(3000, outcome="refuse", reason="links"))
    assert [mute.reason for mute in rig.mutes] == ["links"]


async def test_an_account_that_was_forgotten_goes_on_with_higher_versions(rig: Rig) -> None:
    for n in range(5):
        await rig.process(said(n, outcome="mask", reason="banned_word"))
    before = entry(rig).version
    await rig.process(*(said(9000 + n, account_id=str(uuid4())) for n in range(20)))
    assert ACCOUNT not in rig.table.held
    await rig.process(said(9030))
    assert entry(rig).version > before


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
