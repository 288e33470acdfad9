"""The write side of messages: one call of a function a batch, more where messages change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from chatstream.domain.lines import in_fact_order
from chatstream.domain.times import to_text
from chatstream.ports.messages import (
    ChangeWish,
    MessageOutcome,
    MessageWish,
    Outcome,
    Wish,
)
from infra.postgres import message_changes as changes
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, LineBatch
from infra.postgres.plain_messages import plain_message, store
from infra.postgres.pool import Database
from infra.postgres.shown_messages import people_of, quote_of

_STORE = """
select * from store_and_count(%s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::jsonb)
"""
_LOCK_ROOMS = """
select count(*) from (select 1 from rooms where room_id = any (%s::uuid[])
    order by room_id for no key update) as locked
"""
# Outcomes that are no codes of the contract.
_CODES: dict[str, str | None] = {"stored": None, "repeat": None, "MUTED": "MESSAGE_REFUSED"}

Numbered = tuple[int, Wish]


class PostgresMessages:
    """ports.messages.MessageStore in one chat database."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._database = database
        self._lines = lines
        self._line = FactLine(database, lines, changes.FACTS)

    async def carry_out(self, generation: int | None, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        """See ports.messages.MessageStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))
        plain = plain_message(wishes)
        if plain is not None:
            stored = await store(self._database, epochs[plain.partition], plain)
            if stored is not None:
                return [stored]
        numbered = list(enumerate(wishes))
        found = list(runs(numbered))
        if len(found) == 1 and isinstance(wishes[0], MessageWish):
            rows = await self._database.fetch(_STORE, _arguments(epochs, numbered))
            return [_outcome(row, numbered) for row in rows]
        revisions = [wish for wish in wishes if isinstance(wish, ChangeWish)]
        async with self._line.batch(generation, revisions, beside=epochs) as batch:
            outcomes = await _carry_out(batch, epochs, found)
        return in_fact_order(outcomes)


def runs(wishes: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    """The wishes in order, cut where messages to store and messages to change meet.

    A reply to a message of the same run begins another: what it quotes must be stored by then.
    """
    run: list[Numbered] = []
    sent: set[str] = set()
    for number, wish in wishes:
        is_reply = isinstance(wish, MessageWish) and wish.reply_to in sent
        if run and (type(wish) is not type(run[-1][1]) or is_reply):
            yield run
            run, sent = [], set()
        run.append((number, wish))
        sent.add(wish.message_id)
    if run:
        yield run


async def _carry_out(
    batch: LineBatch, epochs: dict[int, int], found: Sequence[list[Numbered]]
) -> list[Outcome]:
    """All runs in one transaction: every lock first, the rooms in the order all writers take."""
    rooms = sorted({wish.room_id for run in found for _, wish in run})
    await batch.fetch(_LOCK_ROOMS, (rooms,))
    outcomes: list[Outcome] = []
    for run in found:
        if isinstance(run[0][1], MessageWish):
            for row in await batch.fetch(_STORE, _arguments(epochs, run)):
                outcomes.append(_outcome(row, run))
                batch.pass_over(run[row[0]][1].partition, row[3] or 0, row[4])
        else:
            wishes = [(number, wish) for number, wish in run if isinstance(wish, ChangeWish)]
            outcomes += await changes.carry_out(batch, wishes)
    await changes.forget(batch)
    return outcomes


def _arguments(epochs: dict[int, int], run: Sequence[Numbered]) -> tuple[Any, ...]:
    """The parameters of `_STORE`; the wishes of the run go by their place in it."""
    rows = [_row(n, wish) for n, (_, wish) in enumerate(run) if isinstance(wish, MessageWish)]
    return (
        [wish.room_id for _, wish in run],
        [wish.account_id for _, wish in run],
        list(epochs),
        list(epochs.values()),
        orjson.dumps(rows).decode(),
    )


def _row(n: int, wish: MessageWish) -> dict[str, object]:
    row: dict[str, object] = {
        "n": n,
        "p": wish.partition,
        "roomId": wish.room_id,
        "accountId": wish.account_id,
        "messageId": wish.message_id,
        "message": wish.message,
    }
    if wish.reply_to is not None:
        row["replyTo"] = wish.reply_to
    if wish.mentions:
        row["mentions"] = [" ".join(handles) for handles in wish.mentions]
    if wish.shown is not None:
        row["shown"] = wish.shown
    if wish.is_refused:
        row["refused"] = True
    return row


def _outcome(row: Sequence[Any], run: Sequence[Numbered]) -> MessageOutcome:
    (n, outcome, seq, fact_no, at, user_id, name, access, kind, former_rev, quote, people, kept,
     muted_until, muted_for, unread) = row  # fmt: skip
    return MessageOutcome(
        wish=run[n][0],
        code=_CODES.get(outcome, outcome),
        repeated=outcome == "repeat",
        seq=seq or 0,
        fact_no=fact_no or 0,
        created_at=to_text(at),
        user_id=user_id,
        user_name=name,
        access_version=access or 0,
        room_kind=kind or "",
        unread=unread,
        former_rev=former_rev or 0,
        reply_to=quote_of(quote),
        mentions=people_of(people),
        kept_text=kept,
        muted_until=None if muted_until is None else to_text(muted_until),
        muted_for=muted_for,
    )
