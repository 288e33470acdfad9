"""The write side of messages: one call of `store_messages` a batch."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from chatstream.domain.times import to_text
from chatstream.ports.messages import MessageOutcome, MessageWish
from infra.postgres.lines import Lines
from infra.postgres.pool import Database

# `unread_of` looks after `store_messages` has stored, in the same transaction and under its locks.
_STORE = """
select s.*, case when s.message_seq is not null then unread_of((%s::uuid[])[s.wish + 1],
    (%s::uuid[])[s.wish + 1], s.message_seq, s.outcome = 'stored') end
from store_messages(%s::int[], %s::bigint[], %s::jsonb) as s
"""


class PostgresMessages:
    """ports.messages.MessageStore in one chat database."""

    def __init__(self, database: Database, lines: Lines) -> None:
        self._database = database
        self._lines = lines

    async def store(
        self, generation: int | None, wishes: Sequence[MessageWish]
    ) -> Sequence[MessageOutcome]:
        """See ports.messages.MessageStore."""
        epochs = await self._lines.epochs(generation, (wish.partition for wish in wishes))
        rows = await self._database.fetch(
            _STORE,
            (
                [wish.room_id for wish in wishes],
                [wish.account_id for wish in wishes],
                list(epochs),
                list(epochs.values()),
                _as_json(wishes),
            ),
        )
        return [
            MessageOutcome(
                wish=n,
                code=None if outcome in ("stored", "repeat") else outcome,
                repeated=outcome == "repeat",
                seq=seq or 0,
                fact_no=fact_no or 0,
                created_at=to_text(created_at),
                user_id=user_id,
                user_name=user_name,
                access_version=access or 0,
                room_kind=kind or "",
                unread=unread,
            )
            for (
                n,
                outcome,
                seq,
                fact_no,
                created_at,
                user_id,
                user_name,
                access,
                kind,
                unread,
            ) in rows
        ]


def _as_json(wishes: Sequence[MessageWish]) -> str:
    return orjson.dumps(
        [
            {
                "n": n,
                "p": wish.partition,
                "roomId": wish.room_id,
                "accountId": wish.account_id,
                "messageId": wish.message_id,
                "message": wish.message,
            }
            for n, wish in enumerate(wishes)
        ]
    ).decode()
