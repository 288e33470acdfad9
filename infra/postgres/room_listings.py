"""Rooms as a list shows them: the SQL function `listed_rooms`, and what its rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from chatstream.domain.times import to_text
from chatstream.ports.rooms import RoomHead, RoomListing, ShownPerson
from infra.postgres.pool import Database
from infra.postgres.shown_messages import message_of

_LISTED = "select * from listed_rooms(%s::uuid, %s::uuid[])"


def head_of(row: Sequence[Any]) -> RoomHead:
    """The room of a row that begins with its id, kind, name, owner and so on."""
    room_id, kind, name, owner_id, count, access_version, head, rev, created_at = row[:9]
    return RoomHead(
        room_id, kind, name, owner_id, count, access_version, head, rev, to_text(created_at)
    )


async def read_listings(
    database: Database, reader: str | None, room_ids: Sequence[str]
) -> list[tuple[RoomListing, bool]]:
    """The rooms of one database that are not deleted, each with whether the reader is a member.

    In the order asked. Whoever is no member, and a reader of None, sees no message.
    """
    rows = await database.fetch(_LISTED, (reader, list(room_ids)))
    return [(_listing(row), row[11] is not None) for row in rows]


def _listing(row: Sequence[Any]) -> RoomListing:
    people, newest, last_read_seq, unread, owner, deleted_unread, settings = row[9:]
    return RoomListing(
        room=head_of(row),
        members=tuple(map(ShownPerson._make, orjson.loads(people))),
        last_message=message_of(orjson.loads(newest), unread) if newest else None,
        last_read_seq=last_read_seq or 0,
        owner=owner,
        deleted_unread=deleted_unread,
        settings=orjson.loads(settings),
    )
