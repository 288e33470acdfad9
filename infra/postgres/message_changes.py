"""Edits and deletes in the transaction of a batch: read, judge each in order, write what changed.

The caller holds the locks of the lines and rooms; every statement here has a fresh snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from chatstream.domain.lines import REFUSED
from chatstream.domain.messages import Change, Refuse, Said, Unchanged, decide_change
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.messages import ChangeOutcome, ChangeWish
from infra.postgres.pool import Transaction
from infra.postgres.settled import Settled, read_settled, write_settled
from infra.postgres.shown import people_of, quote_of

_TOPIC = "kakao.chat.chatMessage.RESPONSE"

_READ = """
select w.n, room.kind, room.access_version, room.head, room.rev, line.head,
    member.present, said.seq, said.account_id::text, said.body, said.created_at,
    case when said.reply_seq is not null then quote_of(w.r, said.reply_seq) end::text,
    case when said.mentions is not null then people_of(said.mentions) end::text,
    profile.user_id, profile.name, old.fact_no, old.former, old.body, old.at,
    date_trunc('milliseconds', clock_timestamp()),
    case when said.seq is not null
        then unread_of(said.room_id, said.account_id, said.seq, false) end,
    profile.erased, mute.until, mute.reason
from unnest(%s::int[], %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[])
    as w (n, p, r, a, m, q)
left join lateral (select kind, access_version, head, rev from rooms
    where rooms.room_id = w.r and rooms.deleted_at is null offset 0) as room on true
left join lateral (select head from lines
    where lines.topic = %s and lines.partition = w.p offset 0) as line on true
left join lateral (select true as present from members
    where members.room_id = w.r and members.account_id = w.a offset 0) as member on true
left join lateral (select * from messages where messages.room_id = w.r
    and messages.message_id = w.m order by messages.account_id = w.a desc, seq limit 1)
    as said on true
left join lateral (select user_id, name, erased from profiles
    where profiles.account_id = w.a offset 0) as profile on true
left join lateral (select until, reason from mutes
    where mutes.account_id = w.a and mutes.until > clock_timestamp()
        and (mutes.room_id is null or mutes.room_id = w.r)
    order by until desc limit 1) as mute on true
left join lateral (select * from message_changes old where old.room_id = w.r
    and old.account_id = w.a and old.request_id = w.q offset 0) as old on true
order by w.n
"""
_INSERT = """
insert into message_changes
    (partition, fact_no, room_id, seq, account_id, request_id, former, body, at, former_rev)
select p, f, r, s, a, q, former, body, at, former_rev from jsonb_to_recordset(%s::jsonb) as t
    (p int, f bigint, r uuid, s bigint, a uuid, q uuid, former text, body text, at timestamptz,
    former_rev bigint)
"""
_UPDATE_MESSAGES = """
update messages set body = t.body, rev = t.f,
    edited_at = case when t.body is not null then t.at end,
    deleted_at = case when t.body is null then t.at end,
    reply_seq = case when t.body is not null then reply_seq end,
    mentions = case when t.body is not null then mentions end
from jsonb_to_recordset(%s::jsonb) as t (f bigint, r uuid, s bigint, body text, at timestamptz)
where messages.room_id = t.r and messages.seq = t.s
"""
_UPDATE_ROOMS = """
update rooms set rev = t.f from unnest(%s::uuid[], %s::bigint[]) as t (r, f) where room_id = t.r
"""
_UPDATE_LINES = """
update lines set head = t.h from unnest(%s::int[], %s::bigint[]) as t (p, h)
where topic = %s and partition = t.p
"""


@dataclass(slots=True)
class _Place:
    """What is known of one wish's room and message when it is judged."""

    kind: str
    access_version: int
    last_seq: int
    quote: str | None
    people: str | None
    user_id: str | None
    user_name: str | None
    is_member: bool
    now: datetime
    unread: int | None


@dataclass(slots=True)
class _Batch:
    """Present states by their keys, and what will be written."""

    settled: Settled
    said: dict[tuple[str, int], Said] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=dict)
    former: dict[tuple[str, str, str], ChangeOutcome] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[ChangeOutcome] = field(default_factory=list)


async def lock_lines(transaction: Transaction, epochs: Mapping[int, int]) -> None:
    """Lock the lines; Fenced when a newer worker owns one of them."""
    await transaction.fetch(
        "select check_epochs(%s, %s::int[], %s::bigint[])",
        (_TOPIC, list(epochs), list(epochs.values())),
    )


async def carry_out(
    transaction: Transaction, wishes: Sequence[tuple[int, ChangeWish]]
) -> list[ChangeOutcome]:
    """Judge and store the wishes, by the index that each brings, in order."""
    identities = [_identity(wish) for _, wish in wishes]
    batch = _Batch(await read_settled(transaction, _TOPIC, identities))
    rows = await transaction.fetch(_READ, _parameters(wishes))
    for (number, wish), row in zip(wishes, rows, strict=True):
        batch.outcomes.append(_judge(batch, number, wish, row))
    await _write(transaction, batch)
    await write_settled(transaction, _TOPIC, batch.settled)
    return batch.outcomes


async def forget(transaction: Transaction, partitions: Sequence[int]) -> None:
    """Forget some of the texts whose facts Kafka has forgotten."""
    await transaction.fetch("select forget_texts(%s::int[], clock_timestamp())", (partitions,))


def _parameters(wishes: Sequence[tuple[int, ChangeWish]]) -> tuple[Any, ...]:
    return (
        [number for number, _ in wishes],
        [wish.partition for _, wish in wishes],
        [wish.room_id for _, wish in wishes],
        [wish.account_id for _, wish in wishes],
        [wish.message_id for _, wish in wishes],
        [wish.request_id for _, wish in wishes],
        _TOPIC,
    )


def _identity(wish: ChangeWish) -> tuple[str, str, str]:
    return wish.room_id, wish.account_id, wish.request_id


def _judge(batch: _Batch, number: int, wish: ChangeWish, row: Sequence[Any]) -> ChangeOutcome:
    (_, kind, access, last_seq, rev, head, member, seq, author, body, created_at, quote, people,
     user_id, name, old_fact, old_former, old_body, old_at, now, unread,
     is_erased, muted_until, muted_for) = row  # fmt: skip
    if is_erased:  # a repeat too: its answer would name the account once more
        return ChangeOutcome(
            wish=number, code=str(ErrorCode.NOT_AUTHENTICATED), reason="the account is erased"
        )
    if kind is None:
        return ChangeOutcome(
            wish=number, code=str(ErrorCode.ROOM_NOT_FOUND), reason="there is no such room"
        )
    batch.revs.setdefault(wish.room_id, rev)
    batch.heads.setdefault(wish.partition, head)
    place = _Place(kind, access, last_seq, quote, people, user_id, name, bool(member), now, unread)
    said = None
    if seq is not None:
        said = batch.said.setdefault((wish.room_id, seq), Said(seq, author, body, created_at))
    identity = _identity(wish)
    if identity in batch.former:
        return _again(batch.former[identity], number)
    if old_fact is not None and said is not None:
        if old_former is None:  # its texts are forgotten, and with them every record of it
            return ChangeOutcome(wish=number, seq=said.seq, at=to_text(old_at))
        change = (old_fact, old_former, old_body, old_at)
        return _outcome(number, said, change, place, former_rev=0)
    if identity in batch.settled.known:
        code = batch.settled.known[identity]
        if code is not None:
            return ChangeOutcome(wish=number, code=code, reason=REFUSED)
        return ChangeOutcome(wish=number, seq=seq or 0, at=to_text(now))
    mute = None if muted_until is None else (to_text(muted_until), muted_for)
    outcome = _decide(batch, number, wish, said, place, mute)
    if outcome.fact_no:
        batch.former[identity] = outcome
    else:
        batch.settled.add(identity, outcome.code)
    return outcome


def _decide(
    batch: _Batch,
    number: int,
    wish: ChangeWish,
    said: Said | None,
    place: _Place,
    mute: tuple[str, str | None] | None,
) -> ChangeOutcome:
    decision = decide_change(
        said, wish.account_id, wish.text, is_member=place.is_member, now=place.now
    )
    if isinstance(decision, Refuse):
        return ChangeOutcome(wish=number, code=str(decision.code), reason=decision.reason)
    if said is None:
        raise TypeError("a message that is not there cannot be changed")
    if isinstance(decision, Unchanged):
        return ChangeOutcome(wish=number, seq=said.seq, at=to_text(place.now))
    if decision.text is not None and mute is not None:
        return _refused(number, *mute)
    if wish.is_refused:
        return _refused(number)
    return _change(batch, number, wish, said, decision, place)


def _refused(number: int, until: str | None = None, cause: str | None = None) -> ChangeOutcome:
    code = str(ErrorCode.MESSAGE_REFUSED)
    return ChangeOutcome(wish=number, code=code, muted_until=until, muted_for=cause)


def _change(
    batch: _Batch, number: int, wish: ChangeWish, said: Said, decision: Change, place: _Place
) -> ChangeOutcome:
    fact_no = batch.heads[wish.partition] = batch.heads[wish.partition] + 1
    former_rev, batch.revs[wish.room_id] = batch.revs[wish.room_id], fact_no
    change = (fact_no, said.text or "", decision.text, place.now)
    outcome = _outcome(number, said, change, place, former_rev=former_rev)
    batch.facts.append(
        {
            "p": wish.partition,
            "f": fact_no,
            "r": wish.room_id,
            "s": said.seq,
            "a": wish.account_id,
            "q": wish.request_id,
            "former": said.text,
            "body": decision.text,
            "at": place.now,
            "former_rev": former_rev,
        }
    )
    said.text = decision.text
    return outcome


def _outcome(
    number: int,
    said: Said,
    change: tuple[int, str, str | None, datetime],
    place: _Place,
    *,
    former_rev: int,
) -> ChangeOutcome:
    fact_no, former, text, at = change
    return ChangeOutcome(
        wish=number,
        fact_no=fact_no,
        seq=said.seq,
        text=text,
        former=former,
        at=to_text(at),
        created_at=to_text(said.created_at),
        user_id=place.user_id,
        user_name=place.user_name,
        access_version=place.access_version,
        room_kind=place.kind,
        last_seq=place.last_seq,
        unread=place.unread,
        former_rev=former_rev,
        reply_to=quote_of(place.quote),
        mentions=people_of(place.people),
    )


def _again(outcome: ChangeOutcome, number: int) -> ChangeOutcome:
    return replace(outcome, wish=number, former_rev=0)


async def _write(transaction: Transaction, batch: _Batch) -> None:
    if not batch.facts:
        return
    latest = {(fact["r"], fact["s"]): fact for fact in batch.facts}
    await transaction.fetch(_INSERT, (orjson.dumps(batch.facts).decode(),))
    await transaction.fetch(_UPDATE_MESSAGES, (orjson.dumps(list(latest.values())).decode(),))
    rooms = {fact["r"]: fact["f"] for fact in batch.facts}
    await transaction.fetch(_UPDATE_ROOMS, (list(rooms), list(rooms.values())))
    lines = {fact["p"]: fact["f"] for fact in batch.facts}
    await transaction.fetch(_UPDATE_LINES, (list(lines), list(lines.values()), _TOPIC))
