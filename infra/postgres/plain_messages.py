"""A message by itself that quotes and names nobody: one call of `store_plain_message`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from chatstream.domain.times import to_text
from chatstream.ports.messages import MessageOutcome, MessageWish, Wish
from infra.postgres.pool import Database

_STORE = "select store_plain_message(%s, %s, %s::uuid, %s::uuid, %s::uuid, %s)"


def plain_message(wishes: Sequence[Wish]) -> MessageWish | None:
    """The only wish of the batch if it is a plain message, which the rules let pass as it is."""
    if len(wishes) != 1:
        return None
    [wish] = wishes
    if not isinstance(wish, MessageWish) or wish.reply_to is not None or wish.mentions:
        return None
    return None if wish.shown is not None or wish.is_refused else wish


async def store(database: Database, epoch: int, wish: MessageWish) -> MessageOutcome | None:
    """Store it; None, and nothing done, unless it is new and nothing speaks against it.

    `epoch` is the caller's for the wish's partition; another one's makes it None too. Raises what
    Database raises.
    """
    ids = (wish.room_id, wish.account_id, wish.message_id)
    [[told]] = await database.fetch(_STORE, (wish.partition, epoch, *ids, wish.message))
    if told is None:
        return None
    seq, fact_no, at, user_id, name, access, kind, former_rev, unread = orjson.loads(told)
    return MessageOutcome(
        wish=0,
        code=None,
        seq=seq,
        fact_no=fact_no,
        created_at=to_text(datetime.fromisoformat(at)),
        user_id=user_id,
        user_name=name,
        access_version=access,
        room_kind=kind,
        unread=unread,
        former_rev=former_rev,
    )
