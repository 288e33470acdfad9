"""Messages as rows of the chat databases show them: with what they quote and whom they mention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from chatstream.domain.times import to_text
from chatstream.ports.messages import MentionedMember, QuotedMessage, StoredMessage

# The columns that `message_of` takes; `m` is the message, `p` its author's profile.
MESSAGE = (
    "m.room_id::text, m.seq, coalesce(m.rev, m.first_rev, m.fact_no), m.message_id::text, "
    "m.account_id::text, p.user_id, p.name, m.body, m.created_at, m.edited_at, m.deleted_at, "
    "case when m.reply_seq is not null then quote_of(m.room_id, m.reply_seq) end::text, "
    "case when m.mentions is not null then people_of(m.mentions) end::text"
)
FROM_MESSAGES = "from messages m left join profiles p on p.account_id = m.account_id"


def message_of(row: Sequence[Any], unread: int | None = None) -> StoredMessage:
    """The message of a row of `MESSAGE`; times may also be ISO texts, as JSON gives them.

    `unread`: how many have not read it.
    """
    room_id, seq, rev, message_id, account_id, user_id, name, body, at, edited, deleted, *more = row
    quote, people = more
    return StoredMessage(
        room_id=room_id,
        seq=seq,
        rev=rev,
        message_id=message_id,
        account_id=account_id,
        user_id=user_id,
        user_name=name,
        message=body or "",
        created_at=_time(at) or "",
        edited_at=_time(edited),
        deleted_at=_time(deleted),
        reply_to=quote_of(quote),
        mentions=people_of(people),
        unread=unread,
    )


def quote_of(text: str | None) -> QuotedMessage | None:
    """What the SQL function `quote_of` gave."""
    return QuotedMessage(*orjson.loads(text)) if text else None


def people_of(text: str | None) -> tuple[MentionedMember, ...]:
    """What the SQL function `people_of` gave."""
    return tuple(MentionedMember(*pair) for pair in orjson.loads(text)) if text else ()


def _time(at: datetime | str | None) -> str | None:
    if at is None:
        return None
    return to_text(datetime.fromisoformat(at) if isinstance(at, str) else at)
