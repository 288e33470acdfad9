"""Edits and deletes in the transaction of a batch: read, decide each in order, write what changed.

The caller holds the locks of the lines and rooms; every statement here has a fresh snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from chatstream.domain.decisions import Refuse, Unchanged
from chatstream.domain.lines import Fact
from chatstream.domain.messages import MessageToChange, Standing, decide_revision, refuse_author
from chatstream.domain.room_events import next_rev
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.messages import ChangeOutcome, ChangeWish
from infra.postgres.fact_line import FactTable, LineBatch
from infra.postgres.shown_messages import people_of, quote_of

FACTS = FactTable(
    "message_changes",
    identity=("room_id", "account_id", "request_id"),
    columns={
        "seq": "bigint",
        "former": "text",
        "body": "text",
        "at": "timestamptz",
        "former_rev": "bigint",
    },
)
# The fields of an outcome that a row of _READ ends with.
_SHOWN = ("room_kind", "access_version", "last_seq", "user_id", "user_name", "unread")
_READ = """
select said.seq, said.account_id::text, said.body, said.created_at, room.rev, member.present,
    profile.erased, mute.until, mute.reason,
    case when said.reply_seq is not null then quote_of(w.r, said.reply_seq) end::text,
    case when said.mentions is not null then people_of(said.mentions) end::text,
    named.accounts::text[], case when named.accounts is not null
        then people_of(named.accounts) end::text,
    room.kind, room.access_version, room.head, profile.user_id, profile.name,
    case when said.seq is not null
        then unread_of(said.room_id, said.account_id, said.seq, false) end
from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[]) with ordinality
    as w (r, a, m, names, n)
left join lateral (select kind, access_version, head, rev from rooms
    where rooms.room_id = w.r and rooms.deleted_at is null offset 0) as room on true
left join lateral (select true as present from members
    where members.room_id = w.r and members.account_id = w.a offset 0) as member on true
left join lateral (select * from messages where messages.room_id = w.r
    and messages.message_id = w.m order by messages.account_id = w.a desc, seq limit 1)
    as said on true
left join lateral (select members_named(w.r, string_to_array(w.names, ','), said.mentions)
    as accounts where w.names <> '') as named on true
left join lateral (select user_id, name, erased from profiles
    where profiles.account_id = w.a offset 0) as profile on true
left join lateral (select until, reason from mutes
    where mutes.account_id = w.a and mutes.until > clock_timestamp()
        and (mutes.room_id is null or mutes.room_id = w.r)
    order by until desc limit 1) as mute on true
order by w.n
"""
_UPDATE_MESSAGES = """
update messages set body = t.body, rev = t.f,
    edited_at = case when t.body is not null then t.at end,
    deleted_at = case when t.body is null then t.at end,
    reply_seq = case when t.body is not null then reply_seq end,
    mentions = t.mentions
from jsonb_to_recordset(%s::jsonb)
    as t (f bigint, r uuid, s bigint, body text, at timestamptz, mentions uuid[])
where messages.room_id = t.r and messages.seq = t.s
"""
_UPDATE_ROOMS = """
update rooms set rev = t.f from unnest(%s::uuid[], %s::bigint[]) as t (r, f) where room_id = t.r
"""


@dataclass(frozen=True, slots=True)
class _Named:
    """Whom a text names: the accounts, None for nobody, and as the SQL function people_of tells."""

    accounts: list[str] | None
    people: str | None


@dataclass(slots=True)
class _Run:
    """Present states by their keys, and what will be written."""

    said: dict[tuple[str, int], MessageToChange] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)
    changed: dict[tuple[str, int], Fact] = field(default_factory=dict)
    named: dict[tuple[str, int], _Named] = field(default_factory=dict)


async def carry_out(
    batch: LineBatch, wishes: Sequence[tuple[int, ChangeWish]]
) -> list[ChangeOutcome]:
    """Decide and store the wishes, by the index that each brings, in order."""
    run = _Run()
    columns = (
        [wish.room_id for _, wish in wishes],
        [wish.account_id for _, wish in wishes],
        [wish.message_id for _, wish in wishes],
        [",".join(" ".join(handles) for handles in wish.mentions) for _, wish in wishes],
    )
    rows = await batch.fetch(_READ, columns)
    outcomes = [
        _answer(batch, run, number, wish, row)
        for (number, wish), row in zip(wishes, rows, strict=True)
    ]
    if run.changed:
        await _write(batch, run)
    return outcomes


async def forget(batch: LineBatch) -> None:
    """Forget some of the texts whose facts Kafka has forgotten."""
    await batch.fetch("select forget_texts(%s::int[], clock_timestamp())", (list(batch.heads),))


def _answer(
    batch: LineBatch, run: _Run, number: int, wish: ChangeWish, row: Sequence[Any]
) -> ChangeOutcome:
    (seq, author, body, created_at, rev, member, is_erased, muted_until, muted_for, quote, people,
     accounts, named, *shown) = row  # fmt: skip
    place = dict(zip(_SHOWN, shown, strict=True))
    is_there = place["room_kind"] is not None
    standing = Standing(bool(is_erased), is_there, bool(member), muted_until is not None)
    if refusal := refuse_author(standing):
        return ChangeOutcome(wish=number, code=str(refusal.code), reason=refusal.reason)
    place["reply_to"] = quote_of(quote)
    run.revs.setdefault(wish.room_id, rev)
    said = None
    if seq is not None:
        said = run.said.setdefault(
            (wish.room_id, seq), MessageToChange(seq, author, body, created_at)
        )
    if (former := batch.former.get(wish.identity)) and said is not None:
        mentioned = run.named.get((wish.room_id, said.seq), _Named(None, people))
        return _told(number, said, former[0], mentioned, place)
    decided = decide_revision(
        said, wish.account_id, wish.text, standing, is_refused=wish.is_refused, now=batch.now
    )
    decision = batch.settled.uphold(wish, decided)
    if isinstance(decision, Refuse):
        outcome = ChangeOutcome(wish=number, code=str(decision.code), reason=decision.reason)
        is_muted = decision.code is ErrorCode.MESSAGE_REFUSED and wish.text is not None
        if not is_muted or muted_until is None:
            return outcome
        return replace(outcome, muted_until=to_text(muted_until), muted_for=muted_for)
    if isinstance(decision, Unchanged):
        seq = said.seq if said is not None else 0
        return ChangeOutcome(wish=number, seq=seq, at=to_text(batch.now))
    if said is None:
        raise TypeError("a message that is not there cannot be changed")
    run.named[wish.room_id, said.seq] = _Named(accounts, named)
    return _change(batch, run, number, wish, said, place)


def _change(
    batch: LineBatch,
    run: _Run,
    number: int,
    wish: ChangeWish,
    said: MessageToChange,
    place: Mapping[str, Any],
) -> ChangeOutcome:
    rev = run.revs[wish.room_id]
    values = {"seq": said.seq, "former": said.text, "body": wish.text, "at": batch.now}
    fact = batch.add(wish, **values, former_rev=rev)
    run.revs[wish.room_id], run.changed[wish.room_id, said.seq] = _rev(fact), fact
    said.text = wish.text
    mentioned = run.named[wish.room_id, said.seq]
    return replace(_told(number, said, fact, mentioned, place), former_rev=rev)


def _told(
    number: int, said: MessageToChange, fact: Fact, named: _Named, place: Mapping[str, Any]
) -> ChangeOutcome:
    """The fact as it is told; once its texts are forgotten every record of it is as well."""
    former, text, at = (fact.values[each] for each in ("former", "body", "at"))
    if former is None:
        return ChangeOutcome(wish=number, seq=said.seq, at=to_text(at))
    return ChangeOutcome(
        wish=number,
        fact_no=fact.fact_no,
        rev=_rev(fact),
        seq=said.seq,
        text=text,
        former=former,
        at=to_text(at),
        created_at=to_text(said.created_at),
        mentions=people_of(named.people),
        **place,
    )


def _rev(fact: Fact) -> int:
    return next_rev(fact.fact_no, fact.values["former_rev"])


async def _write(batch: LineBatch, run: _Run) -> None:
    """The messages, the rooms and the facts: what comes after in the batch builds on them."""
    rows = [
        {
            "r": room_id,
            "s": seq,
            "f": _rev(fact),
            "body": fact.values["body"],
            "at": batch.now,
            "mentions": run.named[room_id, seq].accounts,
        }
        for (room_id, seq), fact in run.changed.items()
    ]
    await batch.fetch(_UPDATE_MESSAGES, (orjson.dumps(rows).decode(),))
    revs = {room_id: run.revs[room_id] for room_id, _ in run.changed}
    await batch.fetch(_UPDATE_ROOMS, (list(revs), list(revs.values())))
    await batch.write()
